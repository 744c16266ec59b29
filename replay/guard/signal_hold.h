// Holds back the signals of a person at the terminal while a job is in flight, and lets them in
// after.
//
//   { SignalHold hold; ... submit, read back, write the journal ... }    // now they take effect
//
// A process that ends with a job in flight takes the buffers from under the running core
// (KABI-B12); SIGKILL cannot be held, but a blocking submit defers it (KABI 2.12).
#pragma once

#include <csignal>

namespace npuscope::guard {

class SignalHold {
 public:
  SignalHold() {
    sigset_t held;
    sigemptyset(&held);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) sigaddset(&held, signal);
    pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  ~SignalHold() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalHold(const SignalHold&) = delete;
  SignalHold& operator=(const SignalHold&) = delete;

  // One that waits to be let in.
  [[nodiscard]] static bool interrupted() {
    sigset_t waiting;
    sigpending(&waiting);
    return sigismember(&waiting, SIGINT) == 1 || sigismember(&waiting, SIGTERM) == 1 ||
           sigismember(&waiting, SIGHUP) == 1 || sigismember(&waiting, SIGQUIT) == 1;
  }

 private:
  sigset_t before_{};
};

}  // namespace npuscope::guard
