#include "resources/contract/fingerprint.h"

#include <openssl/sha.h>

#include <array>
#include <cstring>
#include <utility>

namespace muster {
namespace {

/// Shorter texts are read again faster than they are found.
constexpr std::size_t worth_sharing = 256;

std::size_t size_of(const Text& text) {
  std::size_t size = 0;
  for (const Value& part : text.parts) size += part.is_string() ? part.as_string().size() : 0;
  return size;
}

}  // namespace

Fingerprint Fingerprinter::take() {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes_.data()), bytes_.size(), hash.data());
  bytes_.clear();
  Fingerprint result;
  std::memcpy(&result.high, hash.data(), sizeof result.high);
  std::memcpy(&result.low, hash.data() + sizeof result.high, sizeof result.low);
  return result;
}

void Fingerprinter::add_size(std::size_t size) {
  const std::uint64_t number = size;
  bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void Fingerprinter::add_text(std::string_view text) {
  bytes_ += 't';
  add_size(text.size());
  bytes_ += text;
}

void Fingerprinter::add(const Value& value) {
  if (value.is_null()) {
    bytes_ += 'n';
  } else if (value.is_bool()) {
    bytes_ += value.as_bool() ? '1' : '0';
  } else if (value.is_int()) {
    bytes_ += 'i';
    add_size(static_cast<std::size_t>(value.as_int()));
  } else if (value.is_string()) {
    add_text(value.as_string());
  } else if (value.is_list()) {
    bytes_ += 'l';
    add_size(value.as_list().size());
    for (const Value& item : value.as_list()) add(item);
  } else if (value.is_map()) {
    bytes_ += 'm';
    add_size(value.as_map().size());
    for (const auto& [key, member] : value.as_map()) {
      add_text(key);
      add(member);
    }
  } else {
    add_hole(value);
  }
}

void Fingerprinter::add_hole(const Value& value) {
  const Hole& hole = value.as_hole();
  if (const auto* ref = std::get_if<Ref>(&hole)) {
    bytes_ += 'r';
    add_text(ref->id.kind);
    add_text(ref->id.name);
    add_text(ref->attribute);
  } else if (const auto* secret = std::get_if<Secret>(&hole)) {
    bytes_ += 's';
    bytes_ += static_cast<char>(secret->form);
    add_text(secret->label);
    add_text(secret->digest);
    if (!secret->digest.empty()) return;
    bytes_ += static_cast<char>(secret->origin.kind);
    add_size(secret->origin.words.size());
    for (const std::string& word : secret->origin.words) add_text(word);
  } else if (const auto* document = std::get_if<Document>(&hole)) {
    bytes_ += 'd';
    bytes_ += static_cast<char>(document->format);
    add_text(document->header);
    add(document->body);
  } else if (const auto* text = std::get_if<Text>(&hole)) {
    if (size_of(*text) < worth_sharing) {
      bytes_ += 'x';
      add_size(text->parts.size());
      for (const Value& part : text->parts) add(part);
      return;
    }
    auto known = shared_.find(&hole);
    if (known == shared_.end()) {
      Fingerprinter inner;
      for (const Value& part : text->parts) inner.add(part);
      known = shared_.emplace(&hole, std::pair(value, inner.take())).first;
    }
    bytes_ += 'X';
    add_size(known->second.second.high);
    add_size(known->second.second.low);
  }
}

}  // namespace muster
