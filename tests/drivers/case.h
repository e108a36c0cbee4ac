#pragma once

// What the contract suite has to be told of one kind; contract_test.cpp shows the contract with it.
//
// To add a kind: write KIND_case.cpp beside this file (dots become underscores), with one function that returns its
// Case, and add it to cases.h, cases.cpp and CMakeLists.txt.

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "resources/contract/resource.h"
#include "tests/drivers/site.h"

namespace muster::test {

/// Why the kind has no such thing: a sentence, shown by the suite (-s).
struct None {
  std::string because;
};

template <typename Thing>
using Maybe = std::variant<Thing, None>;

/// Changes what is wanted.
using Edit = std::function<void(std::vector<Resource>& wanted)>;
/// What happens behind muster's back.
using Deed = std::function<void(Site& site)>;

struct Case {
  /// What the contract is shown with.
  ResourceId subject;
  /// The subject, what it needs, what refers to it, and something beside it that stays when the subject goes.
  /// Connections are called "OpenStackProject/cloud" and "OvhAccount/dns"; wanted values are as blueprints write them.
  std::vector<Resource> wanted;

  /// What the sandbox's ledger calls the subject's objects.
  Maybe<std::string> ledger_kind;
  /// The call that creates such an object. Its answer gets lost.
  Maybe<CallPattern> creating_call;

  /// Leads to an update of the subject in place.
  Maybe<Edit> change;
  /// Leads to a replacement of the subject.
  Maybe<Edit> replacement;

  /// Somebody else puts an object where the subject is to be. Their objects count as any other in the ledger.
  Maybe<Deed> take_place;
  /// Somebody makes what can be taken over as the subject.
  Maybe<Deed> make_adoptable;
  /// Somebody removes what stands for the subject.
  Maybe<Deed> vanish;

  /// Checks, with CHECK, that what outsiders see is as wanted: called whenever a run has converged.
  std::function<void(Site& site, const std::vector<Resource>& wanted)> look_from_outside;
};

}  // namespace muster::test
