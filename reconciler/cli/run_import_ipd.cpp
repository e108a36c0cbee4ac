#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "manifests/existing.h"
#include "manifests/import/ipd.h"
#include "manifests/schema_json.h"
#include "manifests/secrets.h"
#include "reconciler/cli/console_logger.h"
#include "reconciler/cli/new_files.h"
#include "reconciler/cli/run_import.h"
#include "reconciler/cli/view_import_ipd.h"
#include "reconciler/cli/view_progress.h"
#include "resources/contract/error.h"
#include "state/budget.h"

namespace muster::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* token_variable = "IPD_TOKEN";

std::string url_in(const Options& options) {
  if (options.words.size() != 2)
    throw Error(Fault::usage, "import ipd takes the address of one server",
                "muster import ipd https://deploy.example.com/deploy");
  std::string url = options.words[1];
  while (url.ends_with('/')) url.pop_back();
  const bool is_url = url.starts_with("https://") || url.starts_with("http://");
  if (!is_url || url.find_first_of(" ?#@") != std::string::npos)
    throw Error(Fault::usage, fmt::format("'{}' is no address of an IPD server", options.words[1]),
                "it starts with https:// or http://, holds neither user nor query, and ends in the server's API_ROOT");
  return url;
}

/// As if a manifest named the server.
Manifest server_at(const std::string& url, const std::string& ca_file) {
  Manifest server;
  server.kind = "IpdServer";
  server.name = manifests::ipd_server_name(url);
  server.spec = Map{{"url", url}, {"token", Hole(Secret{.origin = {SecretOriginKind::env, {token_variable}}})}};
  if (!ca_file.empty()) server.spec.as_map()["caFile"] = ca_file;
  return server;
}

std::vector<Observed> seen_on(const Manifest& server, Invocation& call) {
  manifests::Secrets secrets(call.shell.environment, call.redactor);
  ConsoleLogger logger(call.console, call.options.verbose);
  ProgressNotes notes;
  CallCounter calls;
  state::DatabaseBudget budget({}, call.shell.clock);
  Context context{call.shell.clock, call.shell.random, call.shell.stop,       logger, notes, calls,
                  budget,           call.redactor,     call.shell.environment};
  const auto session = call.registry.connection(server.kind)->open(server, secrets, context);
  Observation seen = call.registry.driver("ipd.deployment")->observe(*session, {}, context);
  std::vector<Observed> all = std::move(seen.objects);
  std::move(seen.foreign.begin(), seen.foreign.end(), std::back_inserter(all));
  std::sort(all.begin(), all.end(),
            [](const Observed& one, const Observed& other) { return one.backend_id < other.backend_id; });
  return all;
}

manifests::IpdProject project_of(const Observed& object) {
  const Value& told = object.attributes;
  return {object.backend_id,
          told.string_at("version"),
          told.string_at("exit_codes"),
          told.string_at("image_name"),
          told.string_at("image_sha256"),
          told.string_at("package_sha256")};
}

}  // namespace

int run_import_ipd(Invocation& call) {
  const std::string url = url_in(call.options);
  const std::string ca_file = call.options.ca_file.empty() ? "" : fs::absolute(call.options.ca_file).string();
  const std::vector<Observed> seen = seen_on(server_at(url, ca_file), call);
  if (seen.empty())
    throw Error(Fault::usage, fmt::format("{} tells of no project", url),
                "an original IPD lists its projects for an ADMIN's token only");
  const fs::path directory = call.options.directory.empty() ? "." : call.options.directory;
  std::vector<manifests::IpdProject> projects;
  for (const Observed& one : seen) projects.push_back(project_of(one));
  const bool has_fleet = manifests::has_manifest_of(directory.string(), "Fleet");
  const std::string uid = has_fleet ? "" : manifests::random_uid(call.shell.random);
  auto files = manifests::import_ipd(projects, {url, ca_file, token_variable, uid});
  if (!fs::exists(directory / "muster.schema.json"))
    files.push_back({"muster.schema.json", manifests::schema_json(call.registry)});
  const ImportedIpd shown{seen,
                          write_new_files(directory, files, "-o DIR writes into another directory, made as needed")};
  if (call.options.json) {
    call.console.out(imported_ipd_records(shown));
    return Exit::converged;
  }
  call.console.show(imported_ipd_text(shown, call.console.out_width()));
  call.console.err(imported_ipd_next_steps());
  return Exit::converged;
}

}  // namespace muster::cli
