#include "reconciler/apply/sessions.h"

#include <fmt/format.h>

#include <exception>

#include "resources/contract/error.h"

namespace muster::apply {
namespace {

class NoSession final : public Session {};

}  // namespace

struct Sessions::Entry {
  std::mutex mutex;
  std::unique_ptr<Session> session;
  std::exception_ptr failure;
};

Sessions::Sessions(const Registry& registry, const Catalog& catalog, SecretReader& secrets, Context& context)
    : registry_(registry),
      catalog_(catalog),
      secrets_(secrets),
      context_(context),
      none_(std::make_unique<NoSession>()) {}
Sessions::~Sessions() = default;

Session& Sessions::get(const std::string& connection) {
  if (connection.empty()) return *none_;
  if (Session* opened = opened_before(connection)) return *opened;
  const auto slash = connection.find('/');
  const std::string kind_name = connection.substr(0, slash);
  const ConnectionKind* kind = registry_.connection(kind_name);
  const Manifest* manifest = catalog_.find(kind_name, connection.substr(slash + 1));
  if (kind == nullptr || manifest == nullptr) {
    throw Error(Fault::invalid, fmt::format("no manifest says how to reach {}", connection),
                "put the connection's manifest back until what was made through it is removed");
  }
  return open(connection, *kind, *manifest);
}

/// An offered connection is known here by its key once a resource has opened it.
Session* Sessions::opened_before(const std::string& connection) {
  std::shared_ptr<Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(connection);
    if (found == entries_.end()) return nullptr;
    entry = found->second;
  }
  const std::lock_guard lock(entry->mutex);
  return entry->session.get();
}

Session& Sessions::get_offered(const std::string& kind, const std::string& name, const Value& filled_spec) {
  const ConnectionKind* found = registry_.connection(kind);
  if (found == nullptr) throw Error(Fault::invalid, fmt::format("there is no connection of kind {}", kind));
  Manifest manifest;
  manifest.kind = kind;
  manifest.name = name;
  manifest.spec = filled_spec;
  const std::string key = kind + "/" + name;
  const std::string spec_digest = digest(filled_spec);
  {  // what offers it may have been replaced: another address is another session
    const std::lock_guard lock(mutex_);
    std::string& opened_with = offered_specs_[key];
    if (opened_with != spec_digest) {
      if (const auto old = entries_.extract(key)) retired_.push_back(old.mapped());
    }
    opened_with = spec_digest;
  }
  return open(key, *found, manifest);
}

std::optional<std::string> Sessions::login(const std::string& connection) const {
  const auto slash = connection.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const ConnectionKind* kind = registry_.connection(connection.substr(0, slash));
  const Manifest* manifest = catalog_.find(connection.substr(0, slash), connection.substr(slash + 1));
  if (kind == nullptr || manifest == nullptr) return std::nullopt;
  try {
    return digest_bytes(digest(manifest->spec) + "\n" + kind->login(*manifest, context_.environment));
  } catch (const Error&) {
    return std::nullopt;  // opening it says what is wrong
  }
}

Place Sessions::place(const std::string& connection) {
  const auto slash = connection.find('/');
  Session& session = get(connection);
  const ConnectionKind* kind = registry_.connection(connection.substr(0, slash));
  const Manifest* manifest = catalog_.find(connection.substr(0, slash), connection.substr(slash + 1));
  return kind == nullptr || manifest == nullptr ? Place{} : kind->place(*manifest, session, context_);
}

ConnectionLimits Sessions::limits(const std::string& connection) const {
  const auto slash = connection.find('/');
  if (slash == std::string::npos) return {.concurrency = 32};
  const ConnectionKind* kind = registry_.connection(connection.substr(0, slash));
  const Manifest* manifest = catalog_.find(connection.substr(0, slash), connection.substr(slash + 1));
  if (kind == nullptr || manifest == nullptr) return {};
  return kind->limits(*manifest);
}

Session& Sessions::open(const std::string& key, const ConnectionKind& kind, const Manifest& manifest) {
  std::shared_ptr<Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<Entry>& slot = entries_[key];
    if (!slot) slot = std::make_shared<Entry>();
    entry = slot;
  }
  const std::lock_guard lock(entry->mutex);
  if (entry->failure) std::rethrow_exception(entry->failure);
  if (!entry->session) {
    try {
      entry->session = kind.open(manifest, secrets_, context_);
    } catch (Error& error) {
      error.while_doing(fmt::format("opening {} ({})", key, manifest.origin.to_string()));
      const bool may_pass = error.fault() == Fault::transient || error.fault() == Fault::interrupted;
      if (!may_pass) entry->failure = std::make_exception_ptr(error);
      throw;
    }
  }
  return *entry->session;
}

}  // namespace muster::apply
