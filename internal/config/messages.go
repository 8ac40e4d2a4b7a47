package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// wrongTypeMessage reports that n does not have the wanted type.
func wrongTypeMessage(wanted string, n ast.Node) string {
	if n.Type() == ast.NullType {
		return "has no value: write one, or remove it"
	}
	message := fmt.Sprintf("must be %s, not %s", wanted, nodeKind(n))
	if _, scalar := n.(ast.ScalarNode); scalar && wanted == "text" {
		message += ": put it in quotes"
	}
	return message
}

func nodeKind(n ast.Node) string {
	switch n.Type() {
	case ast.StringType, ast.LiteralType:
		return "text"
	case ast.BoolType:
		return "true or false"
	case ast.IntegerType, ast.FloatType, ast.InfinityType, ast.NanType:
		return "a number"
	case ast.SequenceType:
		return "a list"
	}
	return "keys and their values"
}

// unknownKeyMessage refuses a key, and suggests a similar known key.
func unknownKeyMessage(name string, known []string) string {
	for _, k := range known {
		if isSimilar(strings.ToLower(name), k) {
			return fmt.Sprintf("is an unknown key; did you mean %q?", k)
		}
	}
	return "is an unknown key; the keys are " + strings.Join(known, ", ")
}

// displayKey returns a key for messages. It quotes keys that look like several keys or lines, and shortens long keys.
func displayKey(key string) string {
	const longest = 40
	plain := func(c rune) bool {
		return c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
	}
	switch {
	case len(key) > longest:
		return strconv.Quote(strings.ToValidUTF8(key[:longest], "")) + "…"
	case key == "" || strings.ContainsFunc(key, func(c rune) bool { return !plain(c) }):
		return strconv.Quote(key)
	}
	return key
}

// isSimilar reports whether at most two edits change a to b, and at most half of a changes.
func isSimilar(a, b string) bool {
	const maxEdits = 2
	if max(len(a)-len(b), len(b)-len(a)) > maxEdits {
		return false
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)] <= maxEdits && 2*row[len(b)] <= len(a)
}
