#include "resources/contract/user_data.h"

namespace muster {
namespace {

std::size_t least_size_of_hole(const Hole& hole) {
  if (const auto* text = std::get_if<Text>(&hole)) return least_size(text->parts);
  if (const auto* document = std::get_if<Document>(&hole)) return document->header.size() + least_size(document->body);
  return 0;
}

}  // namespace

std::size_t least_size(const Value& value) {
  if (value.is_string()) return value.as_string().size();
  if (value.is_hole()) return least_size_of_hole(value.as_hole());
  std::size_t size = 0;
  if (value.is_list()) {
    for (const Value& item : value.as_list()) size += least_size(item);
  } else if (value.is_map()) {
    for (const auto& [key, member] : value.as_map()) size += key.size() + least_size(member);
  }
  return size;
}

}  // namespace muster
