#include "decoder/recording.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

namespace npuscope {

namespace {

// What is known of a buffer, by offset, disjoint.
using Known = std::map<std::uint64_t, Piece>;

Piece part_of(const Piece& piece, std::uint64_t begin, std::uint64_t end) {
  return {begin, piece.bytes.subspan(static_cast<std::size_t>(begin - piece.offset),
                                     static_cast<std::size_t>(end - begin))};
}

// `piece` lies on top of what was known: that is cut, in steps that each end a piece.
void lay_over(Known& known, const Piece& piece) {
  auto next = known.upper_bound(piece.offset);
  if (next != known.begin() && std::prev(next)->second.end() > piece.offset) --next;
  while (next != known.end() && next->first < piece.end()) {
    const Piece old = next->second;
    next = known.erase(next);
    if (old.offset < piece.offset)
      known.emplace_hint(next, old.offset, part_of(old, old.offset, piece.offset));
    if (old.end() > piece.end())
      next = known.emplace_hint(next, piece.end(), part_of(old, piece.end(), old.end()));
  }
  known.insert_or_assign(piece.offset, piece);
}

void lay_over(Known& known, const std::vector<Piece>& pieces) {
  for (const Piece& piece : pieces) lay_over(known, piece);
}

// A recording may name the same bytes again and again, and they are copied where they are joined.
constexpr std::uint64_t most_joined_bytes = std::uint64_t{1} << 30U;

// Adjacent pieces become one, in memory that the capture keeps.
std::vector<Piece> joined(const Known& known, const Buffer& buffer, std::uint64_t& budget,
                          Capture& capture) {
  std::vector<Piece> pieces, result;
  std::uint64_t bytes = 0;
  for (const auto& [offset, piece] : known) {
    pieces.push_back(piece);
    bytes += piece.bytes.size();
  }
  if (pieces.size() > 1 && bytes > budget) {
    capture.warn(
        fmt::format("{}: its {} bytes are too many to be put together", buffer.name, bytes));
    return {};
  }
  if (pieces.size() > 1) budget -= bytes;
  for (std::size_t first = 0; first < pieces.size();) {
    std::size_t last = first + 1;
    while (last < pieces.size() && pieces[last].offset == pieces[last - 1].end()) ++last;
    if (last - first == 1) {
      result.push_back(pieces[first]);
    } else {
      auto copy = std::make_shared<std::vector<std::byte>>();
      for (std::size_t i = first; i < last; ++i)
        copy->insert(copy->end(), pieces[i].bytes.begin(), pieces[i].bytes.end());
      result.push_back({pieces[first].offset, *copy});
      capture.storage.push_back(std::move(copy));
    }
    first = last;
  }
  return result;
}

bool same_file(const std::optional<std::uint32_t>& a, const std::optional<std::uint32_t>& b) {
  return !a || !b || *a == *b;
}

// Walks the timeline up to a submit and keeps what is alive.
class View {
 public:
  View(const Capture& recording, std::size_t submit) : all_(recording), submit_(submit) {
    if (submit < all_.submits.size()) file_ = all_.submits[submit].file;
  }

  Capture make() {
    head();
    std::size_t next = 0;
    for (; next < all_.timeline.size() && !reached_; ++next) before(all_.timeline[next]);
    finish_buffers();
    order();
    bool ended = false;
    for (; next < all_.timeline.size(); ++next) after(all_.timeline[next], ended);
    return std::move(view_);
  }

 private:
  void head() {
    view_.source = all_.source;
    view_.kind = all_.kind;
    view_.facts = all_.facts;
    view_.sweep = all_.sweep;
    view_.lines = all_.lines;
    view_.diagnostics = all_.diagnostics;
    view_.model = all_.model;
    view_.evidence = all_.evidence;
    view_.original = all_.original;
    view_.storage = all_.storage;
    view_.facts.push_back({"recording.submits", fmt::format("{}", all_.submits.size()), {}});
    if (submit_ < all_.submits.size())
      view_.facts.push_back({"recording.shown", fmt::format("submit {}", submit_), {}});
  }

  // The view is a recording of one submit.
  void order() {
    const auto add = [this](Moment::Kind kind, std::size_t count) {
      for (std::uint32_t i = 0; i < count; ++i) view_.timeline.push_back({kind, i});
    };
    add(Moment::Kind::buffer, view_.buffers.size());
    add(Moment::Kind::call, view_.events.size());
    add(Moment::Kind::submit, view_.submits.size());
  }

  void before(const Moment& moment) {
    switch (moment.kind) {
      case Moment::Kind::buffer:
        if (same_file(all_.buffers[moment.index].file, file_))
          lay_over(alive_[moment.index], all_.buffers[moment.index].pieces);
        break;
      case Moment::Kind::release:
        alive_.erase(moment.index);
        break;
      case Moment::Kind::snapshot:
        if (const auto found = alive_.find(all_.snapshots[moment.index].buffer);
            found != alive_.end())
          lay_over(found->second, all_.snapshots[moment.index].pieces);
        break;
      case Moment::Kind::call:
        call(all_.events[moment.index]);
        break;
      case Moment::Kind::submit:
        reached_ = moment.index == submit_;
        if (reached_) view_.submits.push_back(all_.submits[submit_]);
        break;
    }
  }

  // Calls of this file, and those that are of none.
  void call(const Event& event) {
    const auto file = event.number("file"), submit = event.number("submit");
    const bool ours = !file || !file_ || *file == *file_;
    if (ours && (!submit || *submit == submit_)) view_.events.push_back(event);
  }

  void after(const Moment& moment, bool& ended) {
    if (moment.kind == Moment::Kind::submit)
      ended = ended || same_file(all_.submits[moment.index].file, file_);
    if (moment.kind == Moment::Kind::call) {
      const auto submit = all_.events[moment.index].number("submit");
      const auto index = static_cast<std::uint32_t>(view_.events.size());
      if (!ended || submit == submit_) call(all_.events[moment.index]);
      if (view_.events.size() > index) view_.timeline.push_back({Moment::Kind::call, index});
    }
    if (moment.kind != Moment::Kind::snapshot) return;
    const Snapshot& taken = all_.snapshots[moment.index];
    const auto found = places_.find(taken.buffer);
    if (!taken.complete || taken.submit != submit_ || found == places_.end()) return;
    view_.timeline.push_back(
        {Moment::Kind::snapshot, static_cast<std::uint32_t>(view_.snapshots.size())});
    view_.snapshots.push_back(taken);
    view_.snapshots.back().buffer = found->second;
    view_.snapshots.back().submit = 0;
  }

  // An object may have several handles: it is one buffer.
  void finish_buffers() {
    const bool captured = view_.submits.empty() || view_.submits.front().uncaptured.empty();
    std::map<std::uint64_t, std::uint32_t> by_address;
    std::uint64_t budget = most_joined_bytes;
    for (const auto& [index, known] : alive_) {
      const Buffer& buffer = all_.buffers[index];
      const auto place = static_cast<std::uint32_t>(view_.buffers.size());
      if (buffer.device_address && buffer.size > 0) {
        const auto [same, is_new] = by_address.try_emplace(*buffer.device_address, place);
        places_[index] = same->second;
        if (!is_new) continue;
      } else {
        places_[index] = place;
      }
      view_.buffers.push_back(buffer);
      view_.buffers.back().pieces =
          captured ? joined(known, buffer, budget, view_) : std::vector<Piece>{};
    }
    if (!captured)
      view_.warn(fmt::format("the buffers at submit {} were not taken: {}", submit_,
                             view_.submits.front().uncaptured));
  }

  const Capture& all_;
  std::size_t submit_;
  std::optional<std::uint32_t> file_;
  bool reached_ = false;
  std::map<std::uint32_t, Known> alive_;           // by index in the recording
  std::map<std::uint32_t, std::uint32_t> places_;  // of a buffer of the recording in the view
  Capture view_;
};

}  // namespace

bool is_recording(const Capture& capture) {
  return !capture.timeline.empty() &&
         (!capture.snapshots.empty() ||
          std::ranges::any_of(capture.submits,
                              [](const Submit& s) { return s.file.has_value(); }) ||
          std::ranges::any_of(capture.buffers,
                              [](const Buffer& b) { return b.file.has_value(); }) ||
          std::ranges::any_of(capture.timeline, [](const Moment& moment) {
            return moment.kind == Moment::Kind::release;
          }));
}

std::size_t first_captured(const Capture& recording) {
  const auto found =
      std::ranges::find_if(recording.submits, [](const Submit& s) { return s.uncaptured.empty(); });
  return found == recording.submits.end()
             ? 0
             : static_cast<std::size_t>(std::distance(recording.submits.begin(), found));
}

Capture at_submit(const Capture& recording, std::size_t submit) {
  return View(recording, submit).make();
}

}  // namespace npuscope
