package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"lastpost/internal/suggest"
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
	if k := suggest.Similar(name, known); k != "" {
		return fmt.Sprintf("is an unknown key; did you mean %q?", k)
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
