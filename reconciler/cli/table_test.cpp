#include "reconciler/cli/table.h"

#include "tests/support/catch.h"

using muster::cli::Table;

TEST_CASE("a table has aligned columns and no blanks at the ends of lines") {
  CHECK(Table{{"Name", "Status"}, {{"anna", "ACTIVE"}, {"b", ""}}}.to_string() ==
        "Name | Status\n-----+-------\nanna | ACTIVE\nb    |\n");
}

TEST_CASE("a table that is too wide breaks its cells at blanks, and nothing else") {
  const Table table{{"Manifest", "Hosts ready", "When"}, {{"Workshop/a", "1/2", "ends in 3 d 2 h"}}};
  CHECK(table.to_string(40) ==
        "Manifest   | Hosts ready | When\n"
        "-----------+-------------+--------------\n"
        "Workshop/a | 1/2         | ends in 3 d\n"
        "           |             | 2 h\n");
  CHECK(table.to_string(28) ==
        "Manifest   | Hosts  | When\n"
        "           | ready  |\n"
        "-----------+--------+-------\n"
        "Workshop/a | 1/2    | ends\n"
        "           |        | in 3 d\n"
        "           |        | 2 h\n");
}

TEST_CASE("columns that find no room stand below their row, whole and with their titles") {
  const Table table{{"Name", "Domain", "Status", "IPv4"},
                    {{"anna", "anna.my-event.example.com", "ACTIVE", "203.0.113.7"}, {"b", "", "", ""}}};
  CHECK(table.to_string(40) ==
        "Name | Domain\n"
        "-----+--------------------------\n"
        "anna | anna.my-event.example.com\n"
        "    Status: ACTIVE   IPv4: 203.0.113.7\n"
        "b    |\n");
}

TEST_CASE("columns that are to stay whole are never broken, blanks or not") {
  const Table table{{"Name", "Password"}, {{"anna", "correct horse battery staple, indeed so"}}, {"Password"}, ""};
  CHECK(table.to_string(40) == "Name\n----\nanna\n    Password: correct horse battery staple, indeed so\n");
  CHECK(table.to_string(46) ==
        "Name | Password\n"
        "-----+----------------------------------------\n"
        "anna | correct horse battery staple, indeed so\n");
}

TEST_CASE("what is absent has its sign in a column, and no line below the row") {
  const Table table{{"Manifest", "Hosts", "Problems"}, {{"Workshop/my-event", "", ""}, {"b", "1", ""}}, {}, "-"};
  CHECK(table.to_string() ==
        "Manifest          | Hosts | Problems\n"
        "------------------+-------+---------\n"
        "Workshop/my-event | -     | -\n"
        "b                 | 1     | -\n");
  CHECK(table.to_string(20) ==
        "Manifest\n"
        "-----------------\n"
        "Workshop/my-event\n"
        "b\n"
        "    Hosts: 1\n");
}

TEST_CASE("the rule below the titles is never wider than the screen") {
  CHECK(Table{{"Name", "Status"}, {{"a-name-of-many-letters", "ACTIVE"}}}.to_string(12) ==
        "Name\n------------\na-name-of-many-letters\n    Status: ACTIVE\n");
}
