// Small model files and dumps of our own, as bytes: seeds for the fuzz targets that read binary
// input. All values are invented; the programs are two records of a few words.
#pragma once

#include <cstdint>
#include <string>

namespace npuscope::fuzz {

[[nodiscard]] std::string record_words(std::uint32_t next);  // body, link, tail; padded to 64 bytes
[[nodiscard]] std::string task_table(std::uint32_t base);    // two entries, then an empty one
[[nodiscard]] std::string model_v6();
[[nodiscard]] std::string model_v2();
[[nodiscard]] std::string model_mini();

}  // namespace npuscope::fuzz
