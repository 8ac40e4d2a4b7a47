// Package golden compares long texts in tests. A failure prints the first different lines, never the whole texts.
package golden

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// Limits of the printed difference.
const (
	maxPrinted = 10  // lines
	maxWidth   = 200 // bytes of a line
	maxSearch  = 500 // lines to search for the end of a difference
)

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
		t.Fatalf("%s differs (- expected, + actual):\n%s\n%s", name, diffLines(strings.Split(want, "\n"), strings.Split(got, "\n")), remedy)
	}
}

// diffLines describes the first differences, one line for each changed line.
func diffLines(want, got []string) string {
	var printed []string
	for i, j := 0, 0; i < len(want) || j < len(got); {
		if i < len(want) && j < len(got) && want[i] == got[j] {
			i, j = i+1, j+1
			continue
		}
		removed, added := differenceLength(want[i:], got[j:])
		for k := range removed {
			printed = append(printed, fmt.Sprintf("line %d: - %s", i+k+1, aroundDifference(want[i+k], lineAt(got[j:j+added], k))))
		}
		for k := range added {
			printed = append(printed, fmt.Sprintf("line %d: + %s", j+k+1, aroundDifference(got[j+k], lineAt(want[i:i+removed], k))))
		}
		i, j = i+removed, j+added
		if len(printed) > maxPrinted {
			printed = append(printed[:maxPrinted], "…")
			break
		}
	}
	return strings.Join(printed, "\n")
}

// differenceLength returns the smallest numbers of lines after which both texts continue with the same line.
func differenceLength(want, got []string) (removed, added int) {
	for total := 1; total <= min(len(want)+len(got), maxSearch); total++ {
		for removed := range total + 1 {
			added := total - removed
			if removed < len(want) && added < len(got) && want[removed] == got[added] && want[removed] != "" {
				return removed, added
			}
		}
	}
	return len(want), len(got)
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
