#include "resources/deployment/deployment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <utility>

#include "resources/deployment/register.h"
#include "resources/deployment/server_on_host.h"

namespace muster::deployment {
namespace {

Schema deployment_schema() {
  Schema schema;
  schema.kind = "Deployment";
  schema.doc =
      "What a project on an IPD server runs. It is deployed when its image, its package or its version differs from "
      "what "
      "runs there, or the last deployment ended badly. A manifest that goes lets go of the project: what runs goes on.";
  schema.fields = {
      {.name = "server", .required = true, .names_kind = "IpdServer", .doc = "The IpdServer it is pushed to."},
      {.name = "project",
       .pattern = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
       .pattern_hint = "a letter or digit, then up to 63 letters, digits, '.', '_' and '-'",
       .doc = "The project's name on the server; the manifest's own name by default."},
      {.name = "version",
       .pattern = "[!-~]([ -~]{0,126}[!-~])?",
       .pattern_hint = "up to 128 printable characters",
       .doc = "What people call what runs. Another version is deployed even when nothing else differs."},
      {.name = "image",
       .type = Type::content,
       .required = true,
       .doc = "The image, a file beside the manifest that ends in .tar, .tgz, .gz or .bz2. What becomes of it is the "
              "package's business. {command: [PROGRAM, ARGUMENT...], output: PATH} makes it anew, in the manifest's "
              "directory, whenever muster plans."},
      {.name = "package",
       .type = Type::content,
       .required = true,
       .doc = "A directory that holds control.sh, or a tar of one; as image, it may be made by a command."},
      {.name = "exitCodes",
       .default_value = "legacy",
       .allowed = {"legacy", "usual"},
       .doc =
           "Which number of control.sh check and deploy is success: 1 (legacy), or 0 (usual; not on an original IPD)."},
      {.name = "timeout",
       .type = Type::duration,
       .default_value = 35 * 60,
       .minimum = 1,
       .maximum = 24 * 3600,
       .doc = "How long it may take from its upload until it is ready."},
      {.name = "health",
       .type = Type::record,
       .doc = "A page that has to answer before it is ready. It is asked from where muster runs.",
       .fields = {{.name = "url",
                   .required = true,
                   .pattern = "https?://.+",
                   .pattern_hint = "a URL that starts with https:// or http://",
                   .doc = "The page."},
                  {.name = "status",
                   .type = Type::integer,
                   .default_value = 200,
                   .minimum = 100,
                   .maximum = 599,
                   .doc = "What it has to answer with."},
                  {.name = "timeout",
                   .type = Type::duration,
                   .default_value = 60,
                   .minimum = 1,
                   .maximum = 3600,
                   .doc = "How long after the script has ended it may be silent."},
                  {.name = "caFile",
                   .doc = "PEM file of the CA that signed its certificate, relative to the manifest. Without it the "
                          "system's CAs."}}},
      {.name = "rollback",
       .default_value = "never",
       .allowed = {"never", "onFailure"},
       .doc = "onFailure: when the script or the health check fails, what ran before is deployed again, and the failed "
              "one is not tried again until something of it changes. The server has to keep it, as muster's ipd does."},
  };
  return schema;
}

bool is_image_name(const std::string& path) {
  constexpr std::array<std::string_view, 4> endings = {".tar", ".tgz", ".gz", ".bz2"};
  std::string lower = path;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view end) { return lower.ends_with(end); });
}

void check_image(const Manifest& manifest, Expansion& expansion) {
  if (!manifest.is_sound("spec.image")) return;
  const Value& image = manifest.spec.at("image");
  if (image.bool_at("directory")) {
    expansion.diagnostics.push_back(
        {Severity::error, manifest.where("spec.image"),
         fmt::format("spec.image: {} is a directory", image.string_at("path")),
         "an image is one file, such as `docker save NAME | gzip` writes; a directory may be "
         "the package"});
  } else if (!is_image_name(image.string_at("path"))) {
    expansion.diagnostics.push_back(
        {Severity::error, manifest.where("spec.image"),
         fmt::format("spec.image: an IPD server takes no file called {}", image.string_at("path")),
         "its name has to end in .tar, .tgz, .gz or .bz2"});
  }
}

/// Null, which is not compared, where a command that only looks has not got the file.
Value digest_in(const Value& spec, std::string_view path) {
  return spec.string_at(path).empty() ? Value() : spec.at(path);
}

Value health_of(const Manifest& manifest, const Value& health) {
  Map wanted = health.as_map();
  wanted.erase("caFile");
  if (std::string file = manifest.file_at("health.caFile"); !file.empty()) wanted["ca_file"] = std::move(file);
  return wanted;
}

}  // namespace

DeploymentBlueprint::DeploymentBlueprint() : schema_(deployment_schema()) {}

Expansion DeploymentBlueprint::expand(const Manifest& manifest, const Catalog& catalog) const {
  const Value& spec = manifest.spec;
  const std::string project = spec.string_at("project", manifest.name);
  const std::string server = spec.string_at("server");
  Expansion expansion;
  check_image(manifest, expansion);
  Resource resource;
  resource.id = {"ipd.deployment", server + "/" + project};
  resource.connection.candidates = {"IpdServer/" + server};
  if (const Manifest* named = catalog.find("IpdServer", server)) {
    std::vector<Diagnostic> faults = faults_of_host(*named, catalog);
    std::move(faults.begin(), faults.end(), std::back_inserter(expansion.diagnostics));
    if (auto offered = connection_through_host(*named, catalog)) {
      resource.inside = offered->by;
      resource.connection = {{}, std::move(offered)};
    }
  }
  resource.wanted = Map{{"project", project},
                        {"image", spec.at("image")},
                        {"image_sha256", digest_in(spec, "image.sha256")},
                        {"package", spec.at("package")},
                        {"package_sha256", digest_in(spec, "package.sha256")},
                        {"exit_codes", spec.at("exitCodes")},
                        {"status", "ok"}};
  Map& wanted = resource.wanted.as_map();
  if (const Value& version = spec.at("version"); !version.is_null()) wanted["version"] = version;
  if (const Value& health = spec.at("health"); !health.is_null()) wanted["health"] = health_of(manifest, health);
  resource.origin = manifest.origin;
  resource.lifecycle.on_failed = spec.string_at("rollback") == "onFailure" ? OnFailed::put_back : OnFailed::report;
  resource.deadline = std::chrono::seconds(spec.int_at("timeout"));
  resource.group = manifest.key();
  expansion.resources.push_back(std::move(resource));
  return expansion;
}

FieldSources DeploymentBlueprint::sources(const Manifest&, std::string_view kind) const {
  if (kind != "ipd.deployment") return {};
  return {{"project", {"spec.project", "metadata.name"}},
          {"version", {"spec.version"}},
          {"image", {"spec.image"}},
          {"image_sha256", {"spec.image"}},
          {"package", {"spec.package"}},
          {"package_sha256", {"spec.package"}},
          {"exit_codes", {"spec.exitCodes"}},
          {"health", {"spec.health"}}};
}

}  // namespace muster::deployment

namespace muster {

void register_deployment(Registry& registry) { registry.add(std::make_unique<deployment::DeploymentBlueprint>()); }

}  // namespace muster
