// The device and stack files: which file a name or an `extends` means, their heads, and the values
// of a file after those it extends. Within models/spec only.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/spec/resolve.h"
#include "models/spec/settings.h"

namespace anesim::spec {

struct FileHead {
  std::string name, chip, generation, description, extends;
  std::vector<std::string> aliases, notes;
};

/// `root`/configs/FOLDER.
[[nodiscard]] std::filesystem::path configs(const std::string& root, const char* folder);

[[nodiscard]] std::vector<Listing> list_folder(const std::string& root, const char* folder,
                                               const char* schema);

/// The file that a name means.
[[nodiscard]] std::string find_file(const std::string& root, const char* folder, const char* schema,
                                    const std::string& name, const char* what);

/// Settings of a file after those of the file it extends. The head is that of the outermost file.
/// `ours` is the folder of the files that come with the program.
[[nodiscard]] FileHead load(const config::Node& root, const std::filesystem::path& ours,
                            const char* schema, bool device, Settings&,
                            std::vector<std::string>& chain);

}  // namespace anesim::spec
