#include "reconciler/cli/handlers.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_list.h"
#include "reconciler/cli/workspace.h"
#include "resources/contract/secret.h"

namespace muster::cli {
namespace {

const Manifest* manifest_of(const manifests::Load& load, const std::string& group) {
  for (const Manifest& manifest : load.manifests) {
    if (manifest.key() == group) return &manifest;
  }
  return nullptr;
}

std::map<std::string, Time> expiries(const manifests::Load& load) {
  std::map<std::string, Time> result;
  for (const Manifest& manifest : load.manifests) {
    if (const std::int64_t at = manifest.spec.int_at("expires"))
      result[manifest.key()] = Time(std::chrono::seconds(at));
  }
  return result;
}

/// The password whose hash a host was given: the secret in what it is made from, before it is hashed.
std::map<std::string, Login> logins(Workspace& workspace, const HostLists& lists) {
  std::map<std::string, Login> result;
  for (const HostRow& row : lists.hosts) {
    if (!row.resource) continue;
    const Manifest* manifest = manifest_of(workspace.load(), row.group);
    for (Secret secret : secrets_in(row.resource->wanted)) {
      if (secret.form != SecretForm::password_hash) continue;
      secret.form = SecretForm::clear;
      const std::string user = manifest ? manifest->spec.string_at("login.user") : "";
      result[row.backend_id] = {user, reveal(secret, workspace.secrets())};
      break;
    }
  }
  return result;
}

void tell_gaps(Invocation& call, const plan::Snapshot& snapshot) {
  for (const auto& [scope, state] : snapshot.scopes) {
    if (state.complete) continue;
    call.console.err(call.console.err_paint()(Colour::yellow, "warning:") + " " + scope.to_string() +
                     " could not be read completely: " + state.why_unknown + "\n");
  }
}

bool complete(const plan::Snapshot& snapshot) {
  for (const auto& [scope, state] : snapshot.scopes) {
    if (!state.complete) return false;
  }
  return true;
}

}  // namespace

int run_list(Invocation& call) {
  Workspace workspace(call, true);
  if (!workspace.ok()) return Exit::bad_input;
  workspace.open();
  const apply::Prepared prepared =
      workspace.prepare({.max_age = call.options.max_age.value_or(std::chrono::seconds(0)), .preflight = false});
  const HostLists lists = host_lists(workspace.load(), prepared.snapshot);
  ListShown shown{lists, call.options.hide_orphans, expiries(workspace.load()), {}};
  if (call.options.credentials) shown.logins = logins(workspace, lists);
  const std::string text = call.options.json ? list_records(shown) : list_text(shown);
  // The only place where a secret reaches a screen: a person asked for it.
  if (call.options.credentials)
    call.console.out_revealed(text);
  else
    call.console.out(text);
  tell_gaps(call, prepared.snapshot);
  return complete(prepared.snapshot) ? 0 : 6;
}

}  // namespace muster::cli
