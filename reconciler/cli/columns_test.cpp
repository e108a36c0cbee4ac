#include "reconciler/cli/columns.h"

#include "tests/support/catch.h"

using muster::cli::columns_text;

TEST_CASE("columns line up, and the last one continues below itself") {
  CHECK(columns_text({"Run", "By", "Outcome"}, {{"7", "ada", "done"}, {"12", "bertha", "one two three four five six"}},
                     40) ==
        "Run  By      Outcome\n"
        "7    ada     done\n"
        "12   bertha  one two three four five six\n");
  CHECK(columns_text({"Run", "Outcome"}, {{"12", "server words that are longer than what the screen has"}}, 40) ==
        "Run  Outcome\n"
        "12   server words that are longer than\n"
        "     what the screen has\n");
}

TEST_CASE("names are never cut: where they take the whole screen the last column gets its own lines") {
  const std::string name(36, 'n');
  CHECK(columns_text({"Name", "Why"}, {{name, "it is protected by its manifest"}}, 40) ==
        "Name\n        Why\n" + name + "\n        it is protected by its manifest\n");
}

TEST_CASE("a row may end early, and no line ends in blanks") {
  CHECK(columns_text({"A", "B", "C"}, {{"x"}, {"x", "", ""}}, 40) == "A  B  C\nx\nx\n");
}

TEST_CASE("what others put into their names does not break a row") {
  CHECK(columns_text({"Name", "Why"}, {{"a\nb", "c\td\ne"}}, 40) == "Name  Why\na b   c d e\n");
}

TEST_CASE("a last column whose longest name finds no room gets its own lines, though half of it would fit") {
  CHECK(columns_text({"Step", "Resource"}, {{"create", "openstack.server:my-super-event/anna"}}, 40) ==
        "Step    Resource\ncreate\n        openstack.server:my-super-event/anna\n");
}

TEST_CASE("columns that are too many for the screen go below their row, with their titles") {
  CHECK(columns_text({"Run", "Started", "By", "Outcome"},
                     {{"7", "2025-01-31 10:00", "somebody@somewhere.example", "done"}}, 40) ==
        "Run | Started\n"
        "----+-----------------\n"
        "7   | 2025-01-31 10:00\n"
        "    By: somebody@somewhere.example\n"
        "    Outcome: done\n");
}
