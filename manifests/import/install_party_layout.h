#pragma once

// Where each setting of Install Party stands in its two layouts, and how it is read from there.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "manifests/node.h"
#include "resources/contract/diagnostic.h"

namespace muster::manifests {

enum class Layout { early, plugins };  ///< 0.1 to 0.3; 1.0

struct Setting {
  std::string_view name;        ///< "namespace"
  std::string_view in_early;    ///< "general.namespace"; empty: there is none
  std::string_view in_plugins;  ///< the same in the layout of 1.0
  bool secret = false;
  std::string_view pattern = {};  ///< that the whole text must match; empty: any text
  std::string_view hint = {};     ///< what to write, when it does not

  std::string_view path(Layout layout) const { return layout == Layout::early ? in_early : in_plugins; }
};

const std::vector<Setting>& install_party_settings();

/// A setting as it was found.
struct Found {
  std::string key;
  std::string text;
  Origin where;
};

struct InstallPartyConfig {
  std::optional<Layout> layout;  ///< nothing: it is neither
  std::map<std::string_view, Found> settings;
  std::vector<Diagnostic> diagnostics;

  /// Empty when it is missing.
  std::string text(std::string_view setting) const;
};

/// Every mistake in it: what is missing, unknown, empty, of a wrong shape or of the other layout. The values of secrets
/// are in no message.
InstallPartyConfig read_install_party(const Document& document);

}  // namespace muster::manifests
