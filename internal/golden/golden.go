// Package golden compares long texts in tests. A failure prints the first different lines, never the whole texts.
package golden

import (
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
)

// Limits of the printed difference.
const (
	maxPrinted = 10  // lines
	maxWidth   = 200 // bytes of a line
)

const headerLines = 3 // of a unified diff

// CheckFile fails the test if the file does not contain got. If update is set, it writes the file instead. remedy says
// what to do after a change that is intended.
func CheckFile(t testing.TB, file, got string, update bool, remedy string) {
	t.Helper()
	if update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	Equal(t, file, string(want), got, remedy)
}

// Equal fails the test if got is not the text want. name says where want comes from.
func Equal(t testing.TB, name, want, got, remedy string) {
	t.Helper()
	if want != got {
		t.Fatalf("%s differs (- expected, + actual):\n%s\n%s", name, diffLines(want, got), remedy)
	}
}

// diffLines returns the first changed lines of a unified diff, with the line numbers of their place.
func diffLines(want, got string) string {
	var printed, removed, added []string
	printChanges := func() {
		for i, line := range removed {
			printed = append(printed, "- "+aroundDifference(line, lineAt(added, i)))
		}
		for i, line := range added {
			printed = append(printed, "+ "+aroundDifference(line, lineAt(removed, i)))
		}
		removed, added = nil, nil
	}
	unified := strings.Split(string(diff.Diff("expected", []byte(want), "actual", []byte(got))), "\n")
	for _, line := range unified[min(headerLines, len(unified)):] {
		switch kind, text := line[:min(1, len(line))], line[min(1, len(line)):]; kind {
		case "-":
			removed = append(removed, text)
		case "+":
			added = append(added, text)
		default:
			printChanges()
			if kind == "@" {
				printed = append(printed, line)
			}
		}
	}
	if len(printed) > maxPrinted {
		printed = append(printed[:maxPrinted], "…")
	}
	return strings.Join(printed, "\n")
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// aroundDifference shortens a long line to the part that differs from another line.
func aroundDifference(line, other string) string {
	if len(line) <= maxWidth {
		return line
	}
	start := 0
	for start < min(len(line), len(other)) && line[start] == other[start] {
		start++
	}
	start = max(0, start-maxWidth/4)
	end := min(len(line), start+maxWidth)
	return strings.ToValidUTF8("…"+line[start:end]+"…", "")
}
