#include <fmt/format.h>

#include <filesystem>

#include "manifests/file_text.h"
#include "manifests/import/install_party.h"
#include "manifests/schema_json.h"
#include "reconciler/cli/new_files.h"
#include "reconciler/cli/run_import.h"
#include "reconciler/cli/view_error.h"
#include "reconciler/cli/view_import.h"
#include "resources/contract/error.h"

namespace muster::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t most_bytes = 1 << 20;

/// As Install Party looks for it.
std::string configuration_file(const Invocation& call) {
  if (call.options.words.size() > 1) return call.options.words[1];
  return call.shell.environment.get("INSTALL_PARTY_CONFIG").value_or("config.yaml");
}

/// The configuration as seen from the new repository; empty when it lies elsewhere.
std::string beside(const fs::path& file, const fs::path& directory) {
  std::error_code error;
  const fs::path relative = fs::relative(file, directory, error);
  if (error || relative.empty() || *relative.begin() == "..") return {};
  return "/" + relative.generic_string();
}

std::string default_version(const Registry& registry) {
  const Schema* schema = registry.manifest_schema("Workshop");
  const Field* element = schema == nullptr ? nullptr : schema->find("element");
  if (element == nullptr) return {};
  for (const Field& field : element->fields) {
    if (field.name == "version" && field.default_value.is_string()) return field.default_value.as_string();
  }
  return {};
}

}  // namespace

int run_import_install_party(Invocation& call) {
  if (!call.options.ca_file.empty())
    throw Error(Fault::usage, "import install-party asks no server: --ca-file is for ipd");
  if (call.options.words.size() > 2)
    throw Error(Fault::usage, "import takes one configuration",
                "one fleet can hold several workshops: copy the manifests");
  const std::string file = configuration_file(call);
  const manifests::FileText content = manifests::read_file_text(file, most_bytes);
  if (!content.problem.empty()) {
    throw Error(Fault::usage, fmt::format("{} {}", file, content.problem),
                "name Install Party's configuration: muster import install-party CONFIG; without a name it is "
                "$INSTALL_PARTY_CONFIG, else config.yaml");
  }
  const fs::path directory = call.options.directory.empty() ? "." : call.options.directory;
  const manifests::Import import =
      manifests::import_install_party(file, content.text,
                                      {manifests::random_uid(call.shell.random), default_version(call.registry),
                                       manifests::schema_json(call.registry), beside(file, directory)});
  if (call.options.json)
    call.console.out(diagnostic_records(import.diagnostics));
  else
    call.console.err(diagnostics_text(import.diagnostics, call.console.err_paint()));
  if (has_errors(import.diagnostics)) {
    call.console.err("Nothing was written.\n");
    return Exit::bad_input;
  }
  ImportShown shown{import, file, {}, directory.string()};
  shown.written = write_new_files(directory, import.files, "-o DIR writes into another directory, made as needed");
  if (call.options.json) {
    call.console.out(import_records(shown));
    return Exit::converged;
  }
  call.console.show(import_text(shown, call.console.out_paint(), call.console.out_width()));
  call.console.err(import_next_steps(shown, call.console.err_paint(), call.console.out_width()));
  return Exit::converged;
}

}  // namespace muster::cli
