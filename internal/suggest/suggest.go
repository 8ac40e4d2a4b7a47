// Package suggest finds what a user probably meant: a known word that is similar to a typed word, and the time zone of a
// typed place. It is pure, except that it reads the time zones of the program.
package suggest

import "strings"

// Similar returns the known word that is most similar to the typed word, or "" if none is. The case of letters does not
// matter. Of equally similar words, the first is returned.
func Similar(typed string, known []string) string {
	best, fewest := "", maxEdits+1
	for _, word := range known {
		if edits := distance(strings.ToLower(typed), strings.ToLower(word)); edits < fewest && 2*edits <= len(typed) {
			best, fewest = word, edits
		}
	}
	return best
}

// maxEdits limits how many letters differ between similar words.
const maxEdits = 2

// distance returns how many letters must be changed, added or removed to turn a into b. Two exchanged neighbours count as
// one. A distance over maxEdits may be any larger number: a typed word may be very long.
func distance(a, b string) int {
	if max(len(a)-len(b), len(b)-len(a)) > maxEdits {
		return maxEdits + 1
	}
	var before []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			next[j+1] = min(row[j+1], next[j]) + 1
			if a[i] == b[j] {
				next[j+1] = min(next[j+1], row[j])
			} else {
				next[j+1] = min(next[j+1], row[j]+1)
			}
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
