package jsondiff

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestCompare(t *testing.T) {
	for _, row := range []struct {
		claim, old, new string
		want            []Change
	}{
		{"equal documents", `{"a":[1,{"b":null}],"c":"x"}`, ` {"c":"x", "a":[1,{"b":null}]} `, nil},
		{"equal numbers in other forms", `[1,1.5e2]`, `[1.0,150]`, nil},
		{"long numbers keep their digits", `90071992547409931`, `90071992547409932`, []Change{{"", "90071992547409931", "90071992547409932"}}},
		{"a changed text", `{"manifest":{"publishingInformation":{"locales":{"en-US":{"name":"Half Elf"}}}}}`,
			`{"manifest":{"publishingInformation":{"locales":{"en-US":{"name":"Elf"}}}}}`,
			[]Change{{"manifest.publishingInformation.locales.en-US.name", `"Half Elf"`, `"Elf"`}}},
		{"a new member", `{}`, `{"a":{"b":1}}`, []Change{{"a", "", `{"b":1}`}}},
		{"a removed member", `{"a":null}`, `{}`, []Change{{"a", "null", ""}}},
		{"null is not missing", `{"a":null}`, `{"a":false}`, []Change{{"a", "null", "false"}}},
		{"another type", `{"a":{"b":1}}`, `{"a":[1]}`, []Change{{"a", `{"b":1}`, `[1]`}}},
		{"a text is not a number", `["1"]`, `[1]`, []Change{{"[0]", `"1"`, `1`}}},
		{"an array is not a text", `[[]]`, `["x"]`, []Change{{"[0]", `[]`, `"x"`}}},
		{"a text is not an object", `["x"]`, `[{}]`, []Change{{"[0]", `"x"`, `{}`}}},
		{"an inserted element", `["a","b","c"]`, `["a","x","b","c"]`, []Change{{"[1]", "", `"x"`}}},
		{"a removed element", `["a","b","c"]`, `["a","c"]`, []Change{{"[1]", `"b"`, ""}}},
		{"a changed element", `[{"n":1,"s":["a"]},{"n":2}]`, `[{"n":1,"s":["b"]},{"n":2}]`, []Change{{"[0].s[0]", `"a"`, `"b"`}}},
		{"equal elements at both ends", `["a","a"]`, `["a"]`, []Change{{"[1]", `"a"`, ""}}},
		{"members in the order of their names", `{"b":1,"a":1,"c":1}`, `{"c":2,"b":2,"a":2}`,
			[]Change{{"a", "1", "2"}, {"b", "1", "2"}, {"c", "1", "2"}}},
		{"unusual names are quoted", `{"a.b":{"":1}}`, `{"a.b":{"":2}}`, []Change{{`["a.b"][""]`, "1", "2"}}},
		{"HTML stays readable", `"<a>"`, `"&"`, []Change{{"", `"<a>"`, `"&"`}}},
	} {
		changes, err := Compare([]byte(row.old), []byte(row.new))
		require.NoError(t, err, row.claim)
		require.Equal(t, row.want, changes, row.claim)
	}
}

func TestLongValuesAreCut(t *testing.T) {
	changes, err := Compare([]byte(`{"a":"`+strings.Repeat("ä", 200)+`"}`), []byte(`{}`))
	require.NoError(t, err)
	require.LessOrEqual(t, len(changes[0].Old), maxValue+len("…"))
	require.True(t, utf8.ValidString(changes[0].Old))
	require.True(t, strings.HasSuffix(changes[0].Old, "ä…"))
}

func TestRefusesOtherDocuments(t *testing.T) {
	for _, document := range []string{"", "{", `{"a":1}x`, "[] []", "nothing"} {
		_, err := Compare([]byte(document), []byte(`{}`))
		require.ErrorContains(t, err, "the old document", document)
		_, err = Compare([]byte(`{}`), []byte(document))
		require.ErrorContains(t, err, "the new document", document)
	}
}

func TestDeepDocuments(t *testing.T) {
	const depth = 2000
	old := strings.Repeat(`[`, depth) + "1" + strings.Repeat(`]`, depth)
	changes, err := Compare([]byte(old), []byte(strings.Replace(old, "1", "2", 1)))
	require.NoError(t, err)
	require.Len(t, changes, 1)
	require.Equal(t, strings.Repeat("[0]", depth), changes[0].Path)
}
