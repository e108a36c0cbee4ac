#include "reconciler/apply/verbs.h"

#include <stdexcept>
#include <utility>

#include "reconciler/apply/backend_for_test.h"
#include "tests/support/catch.h"

namespace muster::apply {
namespace {

/// Whatever it is asked, something in it breaks that is no Error.
class BrokenDriver : public Driver {
 public:
  const Schema& schema() const override { return schema_; }
  Traits traits() const override { return {}; }
  Observation observe(Session&, const ObserveRequest&, Context&) const override { fail(); }
  Observed create(Session&, const Resource&, const Stamp&, Context&) const override { fail(); }
  Observed update(Session&, const Resource&, const Observed&, const std::vector<FieldChange>&, const Stamp&,
                  Context&) const override {
    fail();
  }
  Observed adopt(Session&, const Resource&, const Observed&, const Stamp&, Context&) const override { fail(); }
  std::optional<Observed> remove(Session&, const Observed&, Context&) const override { fail(); }
  void flush(Session&, const ResourceId&, const std::vector<Observed>&, const Stamp&, Context&) const override {
    fail();
  }

 private:
  [[noreturn]] static void fail() { throw std::out_of_range("no such thing"); }
  Schema schema_{"test.host", "", {}};
};

/// Shows an object, says of its removal that there was none, and shows it as often as it is told.
class ForgetfulDriver : public BrokenDriver {
 public:
  explicit ForgetfulDriver(int shown) : shown_(shown) {}
  Observation observe(Session&, const ObserveRequest& request, Context&) const override {
    Observation seen;
    seen.complete = true;
    if (shown_-- > 0) seen.objects = request.known;
    return seen;
  }
  std::optional<Observed> remove(Session&, const Observed&, Context&) const override { return std::nullopt; }

 private:
  mutable int shown_;
};

/// Asks to be left alone whenever it is read.
class BusyDriver : public BrokenDriver {
 public:
  Observation observe(Session&, const ObserveRequest&, Context&) const override {
    Observation seen;
    seen.why_incomplete = "too many requests";
    seen.retry_after = std::chrono::seconds(7);
    return seen;
  }
};

class NoSecrets : public SecretReader {
 public:
  std::string read(const SecretOrigin&) override { return {}; }
};

VerbEnded removed(testing::Fleet& fleet, const Driver& driver) {
  VerbJob job;
  job.call = Call::remove;
  job.driver = &driver;
  job.id = {"test.host", "a"};
  job.connection = testing::here;
  job.object = testing::seen_host("a");
  NoSecrets secrets;
  return fleet.run(std::move(job), secrets);
}

}  // namespace

TEST_CASE("whatever breaks in the middle of a write, the write may have been done") {
  testing::Fleet fleet;
  const BrokenDriver driver;
  for (const Call call : {Call::create, Call::resume, Call::adopt, Call::update, Call::remove, Call::flush}) {
    CAPTURE(static_cast<int>(call));
    VerbJob job;
    job.call = call;
    job.driver = &driver;
    job.id = {"test.host", "a"};
    job.resource = testing::wanted_host("a");
    job.object = testing::seen_host("a");
    NoSecrets secrets;
    const VerbEnded ended = fleet.run(std::move(job), secrets);
    REQUIRE(ended.error);
    CHECK(ended.error->fault() == Fault::unclear);
    CHECK(ended.error->message() == "a fault in muster itself: no such thing");
  }
}

TEST_CASE("what the backend does not find to remove but shows all the same is removed later, not gone") {
  testing::Fleet fleet;
  for (const auto& [shown, is_gone] : {std::pair{0, true}, {1, true}, {2, false}}) {
    CAPTURE(shown);
    const ForgetfulDriver driver(shown);
    const VerbEnded ended = removed(fleet, driver);
    CHECK_FALSE(ended.object);
    CHECK(ended.error.has_value() == !is_gone);
    if (ended.error) CHECK(ended.error->fault() == Fault::transient);
  }
}

TEST_CASE("a removal whose object cannot be read for now comes back when the server said, and is no failure") {
  testing::Fleet fleet;
  const BusyDriver driver;
  const VerbEnded ended = removed(fleet, driver);
  REQUIRE(ended.error);
  CHECK(ended.error->fault() == Fault::transient);
  CHECK(ended.error->retry_after() == std::chrono::seconds(7));
}

}  // namespace muster::apply
