#include "reconciler/plan/memo.h"

namespace muster::plan {

std::string memo_key(const Resource& resource, const Value& filled, const Observed& observed) {
  std::string text = to_canonical_json(filled);
  text += '\n';
  if (filled != resource.wanted) text += to_canonical_json(resource.wanted);
  text += '\n';
  text += resource.lifecycle.protect ? 'p' : '-';
  text += static_cast<char>('0' + static_cast<int>(resource.lifecycle.replace));
  text += '\n';
  text += to_canonical_json(observed.attributes);
  text += '\n';
  text += to_string(observed.condition);
  if (observed.stamp) {
    text += observed.stamp->protect ? "\np" : "\n-";
    text += std::to_string(observed.stamp->form);
    for (const auto& [field, digest] : observed.stamp->digests) text += '\n' + field + '=' + digest;
  }
  return resource.id.to_string() + ' ' + digest_bytes(text).substr(0, 32);
}

}  // namespace muster::plan
