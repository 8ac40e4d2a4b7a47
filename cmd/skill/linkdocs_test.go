package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A linkRule is an element of the table of rules in internal/linkproxy/lint/diagnose.go.
type linkRule struct {
	name string
	row  int // of the table of symptoms; 0: none
}

// linkRules reads the table of rules from the code.
func linkRules(t *testing.T) (rules []linkRule) {
	t.Helper()
	code, err := os.ReadFile(filepath.Join(top, "internal/linkproxy/lint/diagnose.go"))
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`(?m)^\t\t\{"([^"]+)", (\d+), "`).FindAllStringSubmatch(string(code), -1) {
		row, err := strconv.Atoi(m[2])
		require.NoError(t, err)
		rules = append(rules, linkRule{m[1], row})
	}
	require.Equal(t, strings.Count(string(code), "\n\t\t{\""), len(rules), "write each rule as {\"name\", row, \"source\", …}")
	require.NotEmpty(t, rules)
	return rules
}

// TestEveryFindingIsExplained compares the tables of docs/account-linking.md with the rules.
func TestEveryFindingIsExplained(t *testing.T) {
	const file = "docs/account-linking.md"
	page := manualPages(t)[file]
	documented := map[linkRule]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| (\\d+) \\|[^|]*\\| `([a-z-]+)` \\|").FindAllStringSubmatch(page, -1) {
		row, err := strconv.Atoi(m[1])
		require.NoError(t, err)
		documented[linkRule{m[2], row}] = true
	}
	_, table, _ := strings.Cut(page, "\n| rule | source |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	for line := range strings.Lines(table) {
		for _, m := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(strings.Split(line, "|")[1], -1) {
			documented[linkRule{m[1], 0}] = true
		}
	}
	rules := linkRules(t)
	for _, r := range rules {
		require.True(t, documented[r], "add the rule %s to the tables of %s; row %d, where 0 means the table without rows", r.name, file, r.row)
	}
	for r := range documented {
		require.True(t, slices.Contains(rules, r), "%s explains the rule %s (row %d), which internal/linkproxy/lint/diagnose.go does not have", file, r.name, r.row)
	}
}

// TestEachLinkingRuleHasFaultCase requires that the running program is tested with a fault for each rule.
func TestEachLinkingRuleHasFaultCase(t *testing.T) {
	var tested []linkRule
	for _, f := range ruleFaults() {
		tested = append(tested, linkRule{f.rule, 0})
	}
	for _, f := range linkFaults() {
		tested = append(tested, linkRule{f.rule, f.row})
	}
	for _, r := range linkRules(t) {
		file := "ruleFaults in cmd/skill/linkrules_test.go"
		if r.row > 0 {
			file = "linkFaults in cmd/skill/linkview_test.go"
		}
		require.True(t, slices.Contains(tested, r), "add a fault for the rule %s (row %d) to %s", r.name, r.row, file)
	}
	require.Len(t, tested, len(linkRules(t)), "one fault for each rule")
}
