#include <set>

#include "manifests/unread_secrets.h"
#include "reconciler/cli/dates.h"
#include "reconciler/cli/handlers.h"
#include "reconciler/cli/select.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_error.h"
#include "reconciler/cli/view_list.h"
#include "reconciler/cli/workspace.h"
#include "reconciler/plan/digests.h"
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
    if (const auto end = end_of(manifest)) result[manifest.key()] = *end;
  }
  return result;
}

/// The create-time field that carries the password hash of a host, and the password before it is hashed.
std::optional<std::pair<std::string, Secret>> password_in(const Resource& resource, const Schema& schema) {
  for (const Field& field : schema.fields) {
    for (Secret secret : secrets_in(resource.wanted.at(field.name))) {
      if (secret.form != SecretForm::password_hash) continue;
      secret.form = SecretForm::clear;
      return std::pair(field.name, std::move(secret));
    }
  }
  return std::nullopt;
}

/// Whether the host was given another value of this field than the manifest asks for now.
bool is_outdated(const HostRow& row, const Schema& schema, const std::string& field) {
  if (!row.stamp || row.stamp->form > stamp_form) return true;
  const auto wanted = plan::stamp_digests(schema, row.resource->wanted, row.stamp->form);
  const auto now = wanted.find(field);
  const auto then = row.stamp->digests.find(field);
  return now == wanted.end() || then == row.stamp->digests.end() || now->second != then->second;
}

/// The password whose hash each host was given, as far as the manifest still tells it. Where its secret cannot be read
/// (the workshop is over, or has not begun) there is none.
std::map<std::string, Login> logins(Workspace& workspace, const Registry& registry, const HostLists& lists) {
  std::map<std::string, Login> result;
  for (const HostRow& row : lists.hosts) {
    if (!row.resource) continue;
    const Schema& schema = registry.driver(row.resource->id.kind)->schema();
    const auto password = password_in(*row.resource, schema);
    if (!password || password->second.digest.empty()) continue;
    Login& login = result[row.backend_id];
    login.outdated = is_outdated(row, schema, password->first);
    if (login.outdated) continue;
    const Manifest* manifest = manifest_of(workspace.load(), row.group);
    login.user = manifest ? manifest->spec.string_at("login.user") : "";
    login.password = reveal(password->second, workspace.secrets());
  }
  return result;
}

/// Says why hosts are listed without their password.
std::vector<Diagnostic> not_shown(const manifests::Load& load, const HostLists& lists) {
  std::set<std::string> listed;
  for (const HostRow& row : lists.hosts) listed.insert(row.group);
  std::vector<manifests::UnreadSecret> unread = load.unread;
  std::erase_if(unread, [&](const manifests::UnreadSecret& secret) { return !listed.contains(secret.manifest); });
  for (manifests::UnreadSecret& secret : unread) secret.not_compared.message = secret.problem.message;
  return manifests::warnings_of(std::move(unread));
}

}  // namespace

int run_list(Invocation& call) {
  Workspace workspace(call, call.options.credentials ? Reveal::needed : Reveal::what_can_be);
  if (!workspace.ok()) return Exit::bad_input;
  workspace.open();
  const apply::Prepared prepared =
      workspace.prepare({.max_age = call.options.max_age.value_or(std::chrono::seconds(0)), .preflight = false});
  HostLists lists = host_lists(workspace.load(), prepared.snapshot);
  std::vector<DeploymentRow> deployments = deployment_rows(workspace.load().resources, prepared.snapshot);
  narrow(lists, deployments, workspace.load(), {call.options.only, call.options.except});
  ListShown shown{lists,
                  deployments,
                  call.shell.clock.now(),
                  call.options.hide_orphans,
                  expiries(workspace.load()),
                  {},
                  call.console.table_width()};
  if (call.options.credentials) shown.logins = logins(workspace, call.registry, lists);
  const std::string text = call.options.json ? list_records(shown) : list_text(shown);
  if (call.options.credentials)
    call.console.err(diagnostics_text(not_shown(workspace.load(), lists), call.console.err_paint()));
  // The only place where a secret reaches a screen: a person asked for it.
  if (call.options.credentials)
    call.console.out_revealed(text);
  else
    call.console.out(text);
  const std::vector<std::string> gaps = gaps_in(prepared.snapshot);
  for (const std::string& gap : gaps)
    call.console.err(call.console.err_paint()(Colour::yellow, "warning:") + " " + hanging(gap, 4) + "\n");
  return apply::exit_code_of_gaps(prepared);
}

}  // namespace muster::cli
