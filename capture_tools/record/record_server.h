// Listens to the preloaded library in all processes of a recording.
//
//   auto server = RecordServer::start(recorder, workplace / "socket", options);
//   ... run the program with server->environment() ...
//   server->finish();       // when every process that was heard of has ended, and all that it said
//   was read
//
// Messages of one process are taken in the order in which they were sent; those of several as they
// come. What a process said before it crashed is in its socket or ring, and is read.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "capture_tools/record/idle_worker.h"
#include "capture_tools/record/recorder.h"
#include "capture_tools/record/ring_reader.h"

namespace npuscope::record {

class RecordServer {
 public:
  // Errors (usage): the socket cannot be made.
  [[nodiscard]] static Result<std::unique_ptr<RecordServer>> start(
      Recorder& recorder, const std::filesystem::path& path, const RecordOptions& options);
  ~RecordServer();
  RecordServer(const RecordServer&) = delete;
  RecordServer& operator=(const RecordServer&) = delete;

  // Variables for the programs.
  [[nodiscard]] std::vector<std::string> environment() const;
  void finish();

 private:
  // A process, or what became of its connection.
  struct Connection {
    Descriptor socket, process;  // a pidfd; readable when it has ended
    std::optional<RingReader> ring;
    bool ended = false;
  };

  RecordServer(Recorder& recorder, std::filesystem::path path, Descriptor socket, Descriptor wake,
               const RecordOptions& options);
  void listen_to_all();
  void accept_waiting();
  void wait(bool ends);
  // False: the other side has hung up.
  bool read_all(Connection& connection);
  void read_rings();
  void take(Connection& connection, std::span<const std::byte> packet,
            std::span<const int> descriptors);
  void tell_later(std::span<const std::byte> packet);
  void hand_over();
  Answer tell(std::span<const std::byte> packet, int device);

  Recorder& recorder_;
  std::filesystem::path path_;
  const char* waits_;  // where programs wait for us, as protocol.h has it
  Descriptor socket_, wake_;
  std::vector<Connection> connections_;
  std::vector<std::byte> packet_;
  // Where no program waits: what is told when a processor is idle, each packet behind its size.
  std::unique_ptr<IdleWorker> later_;
  std::vector<std::byte> collected_;
  bool cut_ = false;  // a process ended while it told of a call
  std::atomic<bool> ends_ = false;
  std::thread listening_;
};

}  // namespace npuscope::record
