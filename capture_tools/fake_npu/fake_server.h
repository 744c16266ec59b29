// Serves a fake NPU to the processes that a directory is named to.
//
//   auto server = FakeServer::start(*npu, directory);
//   ... clients run with server->environment() ...
//
// Listens on a socket in the directory, which nobody but the user may enter; on nothing else.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "capture_tools/fake_npu/fake_npu.h"

namespace npuscope::fake {

class FakeServer {
 public:
  // Writes the files that clients look for on a board into the directory, and begins to answer.
  // Errors (usage): the directory cannot be written, or its name is too long for a socket.
  [[nodiscard]] static Result<std::unique_ptr<FakeServer>> start(
      FakeNpu& npu, const FakeOptions& options, const std::filesystem::path& directory);
  ~FakeServer();  // ends when all answers are given
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  // "NAME=value", what a client needs beside the preloaded library.
  [[nodiscard]] std::vector<std::string> environment() const;

 private:
  FakeServer(FakeNpu& npu, std::filesystem::path directory, Descriptor socket);
  void accept_all();
  void serve(Descriptor connection);

  FakeNpu& npu_;
  std::filesystem::path directory_;
  Descriptor socket_;
  std::atomic<bool> ends_ = false;
  std::atomic<int> serving_ = 0;
  std::thread accepting_;
};

}  // namespace npuscope::fake
