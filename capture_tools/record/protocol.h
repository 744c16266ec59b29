// What the preloaded library tells the recorder.
//
//   library: connect to the socket, once in each process
//            send a Message and its payload, one packet; if it wants an answer, with two
//            descriptors: where the answer goes, and the device
//   recorder: write an Answer to that descriptor, and close both
//
// Where the library waits for nothing, its first message brings a memory that both share
// (shared_ring.h), and all other packets go through that.
//
// A process has one connection, so that its messages arrive in the order in which they were sent,
// whatever thread sent them; each answer has a way of its own, so that threads need no lock. The
// recorder keeps no descriptor of a device between messages: it never makes a buffer or a file live
// longer than the program has it.
#pragma once

#include <cstdint>

namespace npuscope::record {

inline constexpr char socket_variable[] = "NPUSCOPE_RECORD";  // path of the recorder's socket
// Where the library waits for the recorder: "submits", before each submit; "contents", also where
// contents of buffers may be wanted; else nowhere.
inline constexpr char waits_variable[] = "NPUSCOPE_RECORD_WAITS";
inline constexpr char waits_at_submits[] = "submits", waits_for_contents[] = "contents";

inline constexpr std::uint32_t message_magic = 0x31524e4d;  // "MNR1"
inline constexpr std::uint32_t most_payload = 160U << 10;   // less than a socket takes at once
inline constexpr std::uint32_t most_structure = 512;        // of one ioctl; more is cut
inline constexpr std::uint32_t submit_bytes = 104;          // of rknpu

enum class MessageKind : std::uint32_t {
  opened,         // before: the path; after: name of the driver. word: its version, 16 bits each
  before_submit,  // before: the structure; extra: what a rocket submit points to
  call,           // an ioctl that has returned; before, after: the structure
  duplicated,     // fd is another descriptor of the file; word: the one that it was made from
  closed,
  mapped,    // address, length, offset; word: protection, and flags from map_flags_shift on
  unmapped,  // address, length
  ring,      // with a descriptor: what the process says from here on stands there
};

inline constexpr unsigned map_flags_shift = 8;

struct Message {
  std::uint32_t magic = message_magic;
  MessageKind kind = MessageKind::call;
  std::int32_t pid = 0, tid = 0;
  std::uint64_t file = 0;      // identity of the open device, the same in processes that share it
  std::uint64_t began_ns = 0;  // CLOCK_MONOTONIC
  std::uint64_t took_ns = 0;
  std::uint64_t spent_ns = 0;  // by this library in calls before this one, of all threads
  std::uint32_t word = 0;      // of the ioctl
  std::int32_t fd = -1;
  std::int32_t result = 0, error = 0;
  std::uint32_t wants_answer = 0;
  std::uint32_t lost = 0;  // messages of this process that could not be sent before
  std::uint64_t address = 0, length = 0, offset = 0;
  std::uint32_t before_bytes = 0, after_bytes = 0, extra_bytes = 0;  // of payload, in this order
  std::uint32_t truncated = 0;                                       // the payload is not all
};

struct Answer {
  std::uint32_t magic = message_magic;
  std::uint16_t patched = 0;       // submit this instead of the client's structure
  std::uint16_t wants_return = 0;  // the submit's return is to wait for an answer too
  unsigned char submit[submit_bytes] = {};
};

static_assert(sizeof(Message) == 112 && sizeof(Answer) == 112);

}  // namespace npuscope::record
