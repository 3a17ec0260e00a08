#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "validate/uncertainty/residuals.h"

namespace anesim::validate {
namespace {

constexpr int many_files = 8;

/// One word: what separates keys and values in the file must not stand in a fold's name.
std::string one_word(std::string text) {
  for (char& letter : text) {
    const auto c = static_cast<unsigned char>(letter);
    if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\') letter = '_';
  }
  return text.empty() ? "_" : text;
}

std::string network_group(const Workload& w) {
  std::string group(name(w.kind));
  for (const auto& part : {w.model, w.name, w.op, w.phase}) {
    if (part) group += "/" + *part;
  }
  if (w.in_channels) group += fmt::format("/{}", *w.in_channels);
  if (w.kernel) group += fmt::format("/{}", fmt::join(*w.kernel, "x"));
  return group;
}

/// "owner/repository" of a URL, its host and first folder elsewhere: a study has several pages.
std::string study_of(std::string_view url) {
  for (const std::string_view front : {"https://", "github.com/"}) {
    if (url.starts_with(front)) url.remove_prefix(front.size());
  }
  const std::size_t first = url.find('/');
  if (first == std::string_view::npos) return std::string(url);
  return std::string(url.substr(0, url.find_first_of("/ ", first + 1)));
}

}  // namespace

std::vector<std::string> split_studies(const std::vector<MeasurementFile>& files) {
  std::map<std::pair<std::string, std::string>, int> count;
  std::vector<std::string> split;
  for (const MeasurementFile& file : files) {
    if (++count[{file.source.url, file.device.chip}] == many_files)
      split.push_back(file.source.url);
  }
  std::sort(split.begin(), split.end());
  split.erase(std::unique(split.begin(), split.end()), split.end());
  return split;
}

std::string fold_of(const CaseRequest& request, const std::vector<std::string>& split) {
  const MeasurementFile& file = *request.file;
  const std::string& url = file.source.url;
  if (std::find(split.begin(), split.end(), url) != split.end())
    return one_word(file.source.id + "/" + network_group(request.measured->workload));
  std::string fold = study_of(url);
  if (const auto& part = request.measured->conditions.part) fold += "/" + *part;
  return one_word(fold);
}

}  // namespace anesim::validate
