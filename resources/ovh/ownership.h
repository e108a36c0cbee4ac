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

struct Proof {
  std::size_t count = 0;
  std::string digest;
  bool operator==(const Proof&) const = default;
};

/// Prints as `heritage=muster,version=1,fleet=<uid>,revision=<rev>,rrsets=<count>:<digest12>`.
struct ScopeText {
  std::string fleet;
  Revision revision;
  std::size_t count = 0;
  std::string digest;  ///< 12 hex digits over what stands there that is the fleet's; zeros before the first flush
  bool operator==(const ScopeText&) const = default;

  /// Nothing below the scope was ever published: no set of records has this digest.
  bool is_unflushed() const;
  Proof proof() const { return {count, digest}; }
  std::string to_string() const;
};

/// The text of a scope that was just made.
ScopeText unflushed_text(std::string fleet, Revision revision);

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

/// What is known of a set besides the zone; targets are canonical.
struct Claim {
  bool wanted = false;
  /// Nothing while one of them is not known yet, an address of a server to come.
  std::optional<std::set<std::string>> wanted_targets{};
  /// As it was last known for certain to be ours; nothing when it was not.
  std::optional<std::set<std::string>> known_targets{};
};
using Claims = std::map<RRsetKey, Claim>;

/// The sets whose scope's text digests exactly what stands there: all of it, all of it that may be claimed, so that
/// what others put there does not spoil the proof, or all of it that is known or wanted as it stands, so that neither
/// does a wanted set that was there before us.
std::set<RRsetKey> proven_sets(const RRsets& sets, const Claims& claims, const Scopes& scopes);

struct Judgement {
  Ownership ownership = Ownership::foreign;
  /// Ours but incomplete: a create may have been cut off before its flush. Doing it again adds what is missing and
  /// refuses what is strange. Foreign but incomplete: in our scope, and only what it shall hold can tell.
  Condition condition = Condition::ready;
  std::string scope;     ///< empty when it lies in none
  std::string evidence;  ///< why it is not ours, or not ready
};

/// Foreign outside the scopes of ours, but for a wanted set in no scope at all that we knew with the same targets:
/// somebody removed the scope's record, which will be made again. In a scope of ours it is ours when it is proven, when
/// it holds what we knew or a part of it, and, if it is wanted, when we knew it at all. Without any of these a wanted
/// set is foreign as soon as it holds what is not wanted, and while it is not known what is; else it is incomplete,
/// because nothing tells yet that its publication came about. A type that is not digested is ready then: nothing could
/// ever tell.
Judgement judge(const RRset& set, const Claim& claim, bool proven, const Scopes& scopes);

}  // namespace muster::ovh
