#pragma once

// What cases want, and what happens to it by hand. Zone example.com.

#include <string>
#include <vector>

#include "resources/contract/resource.h"
#include "tests/drivers/site.h"

namespace muster::test {

/// A small server; "event/anna" is called event-anna. It is replaced as soon as it has to be.
Resource server(const std::string& name);
Resource ssh_check_of(const ResourceId& server);

Resource scope(const std::string& name);
/// An A record set of `name`, which lies in the scope that is its last label.
Resource address(const std::string& name, std::vector<std::string> targets);
/// One that follows the server.
Resource address_of(const ResourceId& server, const std::string& name);

/// Precondition of both: it is there.
Resource& of(std::vector<Resource>& wanted, const ResourceId& id);
const Resource& of(const std::vector<Resource>& wanted, const ResourceId& id);

/// Ids of the records that stand at the full name, by muster's hand or by others'.
std::vector<std::string> records_called(const Site& site, const std::string& full_name);
void add_by_hand(Site& site, const std::string& name, const std::string& address);
/// All records of that full name.
void remove_by_hand(Site& site, const std::string& full_name);

}  // namespace muster::test
