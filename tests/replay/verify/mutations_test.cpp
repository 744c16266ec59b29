// One thing of a run is changed; the checks that must see it fail, and no other.
#include <gtest/gtest.h>

#include "tests/replay/verify/run_logs.h"

namespace npuscope {
namespace {

using testing::fails;
using testing::Log;
using testing::verified;

struct Mutation {
  const char* name;
  void (*change)(Log& log);
  const char* fails;
};

std::string name_of_case(const ::testing::TestParamInfo<Mutation>& info) {
  return info.param.name;
}

class IoctlLog : public ::testing::TestWithParam<Mutation> {};
TEST_P(IoctlLog, FailsWhereItWasChanged) {
  Log log("ioctl.log");
  GetParam().change(log);
  EXPECT_EQ(fails(verified({log})), GetParam().fails);
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, IoctlLog,
    ::testing::Values(
        // Everything in the log agrees, but the model says otherwise.
        Mutation{"WeightEverywhere", [](Log& l) { l.replace_all("28352", "28416"); },
                 "buffers.sizes"},
        Mutation{"WeightOfTheCall",
                 [](Log& l) { l.replace("MEM_CREATE #2 size=28352", "MEM_CREATE #2 size=28288"); },
                 "order.allocate sync.ranges sync.upload buffers.sizes buffers.agree free.all"},
        Mutation{"TaskBufferOfHalfAnEntry", [](Log& l) { l.replace_all("=560", "=580"); },
                 "buffers.sizes buffers.agree tasks.count free.all"},
        Mutation{"WholePages",
                 [](Log& l) {
                   l.replace(
                       "allocated memory, name: weight, virt addr: 0x7ff7001000, dma addr: "
                       "0xfff98000, obj addr: 0xffffff8102a01000, size: 28352, aligned size: "
                       "28672",
                       "allocated memory, name: weight, virt addr: 0x7ff7001000, dma addr: "
                       "0xfff98000, obj addr: 0xffffff8102a01000, size: 28352, aligned size: "
                       "32768");
                 },
                 "buffers.pages"},
        Mutation{"Commands",
                 [](Log& l) { l.replace("regcmdbuffer size: 9344", "regcmdbuffer size: 9280"); },
                 "buffers.sizes"},
        Mutation{"MappingLongerThanItsObject",
                 [](Log& l) { l.replace("length=28352", "length=32768"); },
                 "order.allocate buffers.mappings"},
        Mutation{"UploadTooShort",
                 [](Log& l) { l.replace_all("offset=18432 size=9344", "offset=18432 size=9280"); },
                 "sync.upload"},
        Mutation{"UploadElsewhere",
                 [](Log& l) { l.replace_all("offset=18432 size=9344", "offset=16384 size=9344"); },
                 "sync.upload"},
        Mutation{"SyncBeyondItsObject",
                 [](Log& l) {
                   l.replace("flags=0x00000003 obj=0xffffff8102a01000 offset=0 size=28352",
                             "flags=0x00000003 obj=0xffffff8102a01000 offset=4096 size=28352");
                 },
                 "order.allocate sync.ranges"},
        Mutation{"SubmitStruct", [](Log& l) { l.replace("size=104", "size=96"); }, "abi.words"},
        Mutation{"SubmitWord", [](Log& l) { l.replace("0xc0686441", "0xc0606441"); }, "abi.words"}),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Flags, IoctlLog,
    ::testing::Values(
        Mutation{
            "TaskBufferWithoutKernelMapping",
            [](Log& l) { l.replace_all("0x0000040b", "0x00000403").replace_all("0x40b", "0x403"); },
            "buffers.flags"},
        Mutation{"WeightsNotCached",
                 [](Log& l) {
                   l.replace("MEM_CREATE #2 size=28352 flags=0x00000403",
                             "MEM_CREATE #2 size=28352 flags=0x00000401");
                 },
                 "buffers.flags buffers.agree free.all"},
        Mutation{"WithoutPingPong",
                 [](Log& l) { l.replace("flags=0x00000005 timeout", "flags=0x00000001 timeout"); },
                 "submit.fields"},
        Mutation{"Timeout", [](Log& l) { l.replace("timeout=6000", "timeout=60"); },
                 "submit.fields"},
        Mutation{"ThreeCores",
                 [](Log& l) { l.replace("core_mask=0x00000000", "core_mask=0x00000007"); },
                 "submit.fields"},
        Mutation{"Base", [](Log& l) { l.replace("task_base_addr=0x0", "task_base_addr=0x1000"); },
                 "submit.fields"},
        Mutation{"Fence", [](Log& l) { l.replace("fence_fd=-1", "fence_fd=7"); }, "submit.fields"},
        Mutation{"AllThreePrograms",
                 [](Log& l) { l.replace("task_number=6\n", "task_number=14\n"); },
                 "submit.section"},
        Mutation{"OneCoreWithoutTasks",
                 [](Log& l) {
                   l.replace("subcore_task[1]={task_start=0, task_number=2}",
                             "subcore_task[1]={task_start=0, task_number=0}");
                 },
                 "submit.section"},
        Mutation{"SecondTaskOnly",
                 [](Log& l) {
                   l.replace("subcore_task[0]={task_start=0, task_number=2}",
                             "subcore_task[0]={task_start=1, task_number=1}");
                 },
                 "submit.section"},
        Mutation{"AnotherTaskObject",
                 [](Log& l) {
                   l.replace("task_obj_addr=0xffffff8102a00400",
                             "task_obj_addr=0xffffff8102a01000");
                 },
                 "tasks.object"},
        Mutation{"PowerOnWorked",
                 [](Log& l) {
                   l.replace("#3 ACTION flags=0x00000014 ret=-1",
                             "#3 ACTION flags=0x00000014 ret=0");
                 },
                 "abi.returns"},
        Mutation{"MapFailed", [](Log& l) { l.replace("MEM_MAP #2 ret=0", "MEM_MAP #2 ret=-22"); },
                 "abi.returns"}),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Order, IoctlLog,
    ::testing::Values(
        Mutation{"NiceBeforePowerOn",
                 [](Log& l) {
                   l.move("ACTION flags=0x00000013 value", "#4 ACTION",
                          "ACTION flags=0x00000014 value")
                       .renumber();
                 },
                 "order.actions"},
        Mutation{"SubmitBeforeItsCommands",
                 [](Log& l) {
                   l.move("\n=== DRM_IOCTL_RKNPU_SUBMIT", "IOCTL_RET #32 SUBMIT",
                          "IOCTL_RET #28 MEM_SYNC")
                       .renumber();
                 },
                 "sync.upload"},
        Mutation{"InputReadBackInsteadOfTheOutput",
                 [](Log& l) {
                   l.replace_all("MEM_SYNC flags=0x00000002 obj=0xffffff8102a03400",
                                 "MEM_SYNC flags=0x00000002 obj=0xffffff8102a02800");
                 },
                 "sync.download"},
        Mutation{"MappedLater",
                 [](Log& l) {
                   l.move("MEM_SYNC flags=0x00000003 obj=0xffffff8102a01000", "#13 MEM_SYNC",
                          "MEM_MAP #2 handle")
                       .renumber();
                 },
                 "order.allocate"},
        Mutation{"InternalBehindOutput",
                 [](Log& l) {
                   l.replace_all("name: internal,", "name: X,")
                       .replace_all("name: output,", "name: internal,")
                       .replace_all("name: X,", "name: output,");
                 },
                 "sync.download buffers.sizes buffers.order free.order"},
        Mutation{"AddressOutOfOrder", [](Log& l) { l.replace_all("0xfff02000", "0xfff01000"); },
                 "buffers.addresses"},
        Mutation{"MappingOutOfOrder", [](Log& l) { l.replace_all("0x100008000", "0x100009000"); },
                 "buffers.mappings"},
        Mutation{"TasksFreedFirst",
                 [](Log& l) {
                   l.move("free memory, name: task", "free memory, name: task",
                          "free memory, name: internal");
                 },
                 "free.order"},
        Mutation{"WeightsNeverFreed", [](Log& l) { l.remove_line("free memory, name: weight"); },
                 "free.all"},
        Mutation{"FreedBeforeTheSubmit",
                 [](Log& l) {
                   l.move("free memory, name: internal", "free memory, name: task",
                          "=== DRM_IOCTL_RKNPU_SUBMIT");
                 },
                 "free.all"},
        Mutation{"ReturnLost", [](Log& l) { l.remove_line("#15 ACTION"); }, "log.numbers"},
        Mutation{"SecondSubmitOnly",
                 [](Log& l) { l.replace("RKNPU_SUBMIT #1", "RKNPU_SUBMIT #2"); },
                 "log.numbers submit.count"}),
    name_of_case);

class LiveLog : public ::testing::TestWithParam<Mutation> {};
TEST_P(LiveLog, FailsWhereItWasChanged) {
  Log log("live.log");
  GetParam().change(log);
  EXPECT_EQ(fails(verified({log})), GetParam().fails);
}

INSTANTIATE_TEST_SUITE_P(
    TasksAndWords, LiveLog,
    ::testing::Values(
        Mutation{"SubmittedTasks", [](Log& l) { l.replace("task_number=6", "task_number=14"); },
                 "submit.section"},
        Mutation{"TaskLength",
                 [](Log& l) {
                   l.replace("regcfg_amount=108 regcfg_offset=0 regcmd_addr=0x00000000fff9cb80",
                             "regcfg_amount=104 regcfg_offset=0 regcmd_addr=0x00000000fff9cb80");
                 },
                 "tasks.model window.tails window.model"},
        Mutation{"Node",
                 [](Log& l) {
                   l.replace("off=0x0208 flags=0x00000000 op_idx=1",
                             "off=0x0208 flags=0x00000000 op_idx=2");
                 },
                 "tasks.model"},
        Mutation{"RecordElsewhere",
                 [](Log& l) { l.replace("0x00000000fff9eb80", "0x00000000fff9eb40"); },
                 "tasks.model window.offset window.tails window.model"},
        Mutation{"Height",
                 [](Log& l) {
                   l.replace("0x0201002800231020\n  regcmd_qword[9]",
                             "0x0201002800221020\n  regcmd_qword[9]");
                 },
                 "window.model"},
        Mutation{"LengthInALink",
                 [](Log& l) {
                   l.replace("[109] off=0x4b68 value=0x0101000000370014",
                             "[109] off=0x4b68 value=0x0101000000360014");
                 },
                 "window.tails window.model"},
        Mutation{"LinkOfAnotherMode",
                 [](Log& l) {
                   l.replace("[108] off=0x4b60 value=0x0101fff9cb800010",
                             "[108] off=0x4b60 value=0x0101fff9cb810010");
                 },
                 "window.tails"},
        Mutation{"LinkBeyondTheStream",
                 [](Log& l) {
                   l.replace("[108] off=0x4b60 value=0x0101fff9cb800010",
                             "[108] off=0x4b60 value=0x0101fff9cbc00010");
                 },
                 "window.tails window.model"},
        Mutation{"Padding",
                 [](Log& l) {
                   l.replace("[220] off=0x4ee0 value=0x0000000000000000",
                             "[220] off=0x4ee0 value=0x0000000000000001");
                 },
                 "window.tails window.model"},
        Mutation{"EndsTooEarly", [](Log& l) { l.replace("count=1168", "count=1100"); },
                 "window.whole"},
        Mutation{"WindowElsewhere",
                 [](Log& l) { l.replace("QWORD_WINDOW off=0x4800", "QWORD_WINDOW off=0x4840"); },
                 "window.whole"},
        Mutation{"OutputIntoTheWeights",
                 [](Log& l) {
                   l.replace("[61] off=0x49e8 value=0x1001ffe6c0004020",
                             "[61] off=0x49e8 value=0x1001fff980004020");
                 },
                 "window.model binding.addresses"},
        Mutation{"InputElsewhereInItsBuffer",
                 [](Log& l) {
                   l.replace("[137] off=0x4c48 value=0x0201ffea37801070",
                             "[137] off=0x4c48 value=0x0201ffea37c01070");
                 },
                 "window.model"},
        Mutation{"LostWord", [](Log& l) { l.remove_line("regcmd_qword[20]"); },
                 "window.whole window.tails"},
        Mutation{"WeightsElsewhere", [](Log& l) { l.replace_all("0xfff98000", "0xfff97000"); },
                 "buffers.addresses window.offset window.model "
                 "binding.addresses"}),
    name_of_case);

}  // namespace
}  // namespace npuscope
