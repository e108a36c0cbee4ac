#pragma once

// A kind whose verbs are out of reach, for tests of what asks drivers only for what is pure.

#include <optional>
#include <utility>
#include <vector>

#include "resources/contract/driver.h"
#include "resources/contract/error.h"

namespace muster::plan::testing {

class PureDriver : public Driver {
 public:
  PureDriver(Schema schema, Traits traits) : schema_(std::move(schema)), traits_(std::move(traits)) {}
  const Schema& schema() const override { return schema_; }
  Traits traits() const override { return traits_; }
  Observation observe(Session&, const ObserveRequest&, Context&) const override { throw no_verbs(); }
  Observed create(Session&, const Resource&, const Stamp&, Context&) const override { throw no_verbs(); }
  Observed update(Session&, const Resource&, const Observed&, const std::vector<FieldChange>&, const Stamp&,
                  Context&) const override {
    throw no_verbs();
  }
  std::optional<Observed> remove(Session&, const Observed&, Context&) const override { throw no_verbs(); }

 private:
  static Error no_verbs() { return Error(Fault::permanent, "a verb was called here"); }
  Schema schema_;
  Traits traits_;
};

}  // namespace muster::plan::testing
