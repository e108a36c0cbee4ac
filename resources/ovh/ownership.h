#pragma once

// Whose an RRset is. DNS has no place for a stamp on a record, so each scope (a name and all below it) has one TXT
// record, `_muster.<scope>`, that names its fleet and digests what that fleet wrote there. Pure.

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "resources/contract/observed.h"
#include "resources/ovh/record.h"

namespace muster::ovh {

/// Prints as `heritage=muster,version=1,fleet=<uid>,revision=<rev>,rrsets=<count>:<digest12>`.
struct ScopeText {
  std::string fleet;
  Revision revision;
  std::size_t count = 0;
  std::string digest;  ///< 12 hex digits over what stands there that is the fleet's
  bool operator==(const ScopeText&) const = default;

  std::string to_string() const;
};

/// Nothing for any other text, one of a later version included: we could not tell what it proves.
std::optional<ScopeText> parse_scope_text(std::string_view text);

/// Where the TXT of `scope` stands: "_muster.my-event", "_muster" for the apex.
std::string scope_record_name(std::string_view scope);
/// The inverse; nothing for another name.
std::optional<std::string> scope_of_record_name(std::string_view name);
/// True when `name` is `scope` or below it.
bool lies_in(std::string_view name, std::string_view scope);

/// What a scope's digest covers: addresses, since other types come and go there by other hands (ACME, for one).
bool is_digested(std::string_view type);

struct Proof {
  std::size_t count = 0;
  std::string digest;
  bool operator==(const Proof&) const = default;
};
/// Over names, types and targets, sorted; without ttls, because a foreign edit of a ttl makes nobody else the owner.
/// Types that are not digested are left out.
Proof prove(const std::vector<const RRset*>& sets);

enum class Holder { nobody, ours, foreign };

/// What the zone says about one scope.
struct Scope {
  Holder holder = Holder::nobody;
  std::optional<ScopeText> text;    ///< ours when there is one of ours
  std::vector<std::string> values;  ///< all TXT values at the name, as they stand
  std::string evidence;             ///< for foreign: who holds it
  bool proven = false;              ///< the digested sets now in it are exactly those the text digests
  std::size_t standing = 0;         ///< how many digested sets there are
};

/// The scopes of one zone, judged for `fleet`.
class Scopes {
 public:
  Scopes(const RRsets& sets, std::string_view fleet);

  /// nullptr when there is no `_muster` record of it.
  const Scope* find(std::string_view scope) const;
  /// The innermost scope that `name` lies in; nothing when there is none.
  std::optional<std::string> containing(std::string_view name) const;
  const std::map<std::string, Scope, std::less<>>& all() const { return scopes_; }

 private:
  std::map<std::string, Scope, std::less<>> scopes_;
};

struct Judgement {
  Ownership ownership = Ownership::foreign;
  std::string scope;     ///< empty when it lies in none
  std::string evidence;  ///< why it is not ours
};

/// Ours when the innermost scope is ours and: it is wanted, or the scope's digest proves it, or we knew it as ours with
/// the same targets. Everything else is foreign. `known_targets` is null when it was not known as ours.
Judgement judge(const RRset& set, bool wanted, const std::set<std::string>* known_targets, const Scopes& scopes);

}  // namespace muster::ovh
