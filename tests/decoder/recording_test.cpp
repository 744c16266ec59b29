// Recordings: what the buffers held at one submit, from events in the order of happening.
#include "decoder/recording.h"

#include "tests/decoder/bundle/bundle_helpers.h"
#include "tests/support/capture_text.h"

namespace npuscope::testing {
namespace {

std::string bytes_of(const Capture& capture, std::size_t buffer) {
  std::string text;
  for (const Piece& piece : capture.buffers.at(buffer).pieces) {
    text += fmt::format("{}:", piece.offset);
    text.append(reinterpret_cast<const char*>(piece.bytes.data()), piece.bytes.size());
  }
  return text;
}

std::string at(const char* when, unsigned submit) {
  return fmt::format(R"(,"when":"{}","submit":{})", when, submit);
}

std::string submit_event(unsigned flags, unsigned file = 0) {
  return fmt::format(R"({{"event":"submit","flags":{},"file":{}}})", flags, file);
}

std::string call_event(const char* kind, const char* name, unsigned value) {
  return fmt::format(R"({{"event":"call","kind":"{}","arguments":[["{}","{}"]]}})", kind, name,
                     value);
}

const std::string release_0 = R"({"event":"release","buffer":0})";
const std::string file_0 = R"(,"file":0,"handle":1,"address":"0x1000")";
const std::string file_1 = R"(,"file":1,"handle":1,"address":"0x1000")";

// Two submits; between them two bytes change, afterwards the handle is another buffer.
Capture two_submits() {
  return read_events(
      {buffer_event(0, file_0), content_event(0, 0, "aaaa", at("submit", 0)), submit_event(1),
       content_event(0, 2, "XY", at("complete", 0)), content_event(0, 0, "b", at("submit", 1)),
       submit_event(2), release_0, buffer_event(1, file_0),
       content_event(1, 0, "new", at("submit", 2)), submit_event(3)},
      {blob_file("aaaa"), blob_file("XY"), blob_file("b"), blob_file("new")});
}

TEST(Recording, ContentsHoldUntilOthersLieOverThem) {
  const Capture recording = two_submits();
  ASSERT_TRUE(is_recording(recording));
  EXPECT_EQ(complaints_of(recording), "");
  const Capture first = at_submit(recording, 0), second = at_submit(recording, 1);
  EXPECT_EQ(bytes_of(first, 0), "0:aaaa");
  EXPECT_EQ(bytes_of(second, 0), "0:baXY");
  EXPECT_EQ(second.submits.at(0).flags, 2U);
  ASSERT_EQ(first.snapshots.size(), 1U);
  EXPECT_EQ(first.snapshots[0].buffer, 0U);
  EXPECT_EQ(first.snapshots[0].pieces.at(0).offset, 2U);
  EXPECT_TRUE(second.snapshots.empty());
}

TEST(Recording, AReleasedBufferIsNotThereAnyMore) {
  const Capture third = at_submit(two_submits(), 2);
  ASSERT_EQ(third.buffers.size(), 1U);
  EXPECT_EQ(third.buffers[0].name, "b1");
  EXPECT_EQ(bytes_of(third, 0), "0:new");
}

// Addresses of two open files mean different memory.
TEST(Recording, AFileHasItsOwnBuffersAndCalls) {
  const Capture recording =
      read_events({buffer_event(0, file_0), buffer_event(1, file_1),
                   call_event("ACTION", "file", 0), call_event("MEM_SYNC", "file", 1),
                   content_event(1, 0, "x", at("submit", 0)), submit_event(7, 1)},
                  {blob_file("x")});
  const Capture shown = at_submit(recording, 0);
  ASSERT_EQ(shown.buffers.size(), 1U);
  EXPECT_EQ(shown.buffers[0].name, "b1");
  ASSERT_EQ(shown.events.size(), 1U);
  EXPECT_EQ(shown.events[0].kind, "MEM_SYNC");
}

// The answer of a submit may come after another thread's submit.
TEST(Recording, CallsOfOtherSubmitsAreLeftOut) {
  const Capture recording =
      read_events({call_event("SUBMIT", "submit", 0), submit_event(1),
                   call_event("SUBMIT", "submit", 1), submit_event(2),
                   call_event("IOCTL_RET", "submit", 1), call_event("IOCTL_RET", "submit", 0)});
  const Capture shown = at_submit(recording, 0);
  ASSERT_EQ(shown.events.size(), 2U);
  EXPECT_EQ(shown.events[0].number("submit"), 0U);
  EXPECT_EQ(shown.events[1].number("submit"), 0U);
}

TEST(Recording, WhatWasNotTakenIsUnknown) {
  const Capture recording = read_events(
      {buffer_event(0, file_0), content_event(0, 0, "x", at("submit", 0)), submit_event(1),
       R"({"event":"submit","file":0,"uncaptured":"this submit was not asked for"})"},
      {blob_file("x")});
  EXPECT_EQ(first_captured(recording), 0U);
  const Capture shown = at_submit(recording, 1);
  EXPECT_EQ(bytes_of(shown, 0), "");
  EXPECT_EQ(complaints_of(shown),
            "warning: : the buffers at submit 1 were not taken: this submit was not asked for\n");
}

TEST(Recording, TwoHandlesOfOneObjectAreOneBuffer) {
  const Capture recording =
      read_events({buffer_event(0, file_0), buffer_event(1, R"(,"file":0,"address":"0x1000")"),
                   submit_event(1), content_event(1, 0, "out", at("complete", 0))},
                  {blob_file("out")});
  const Capture shown = at_submit(recording, 0);
  ASSERT_EQ(shown.buffers.size(), 1U);
  ASSERT_EQ(shown.snapshots.size(), 1U);
  EXPECT_EQ(shown.snapshots[0].buffer, 0U);
}

TEST(Recording, WritingAndReadingGivesTheSame) {
  const Capture recording = two_submits();
  EXPECT_EQ(capture_text(read_again(bundle_files(recording))), capture_text(recording));
}

TEST(Recording, OtherCapturesAreNone) {
  EXPECT_FALSE(is_recording(read_events({buffer_event(0), R"({"event":"submit","flags":1})"})));
  EXPECT_FALSE(is_recording({}));
}

// Indices of a damaged recording lead nowhere.
TEST(Recording, ContentsMayNameSubmitsThatAreNot) {
  const Capture recording =
      read_events({buffer_event(0, file_0), content_event(0, 0, "x", at("complete", 4000000000U))},
                  {blob_file("x")});
  EXPECT_TRUE(at_submit(recording, 0).submits.empty());
  EXPECT_EQ(bytes_of(at_submit(recording, 7), 0), "0:x");
}

}  // namespace
}  // namespace npuscope::testing
