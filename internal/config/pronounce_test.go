package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

func TestPronounceRules(t *testing.T) {
	const (
		at         = "3: skills[0].pronounce"
		unspoken   = ": must have one space between words, none at its ends, and no emoji or invisible characters"
		letterless = ": must have a letter or a digit, for example halfelf"
		foreign    = ": must be in the International Phonetic Alphabet, for example ˈɡoʊfɚ: character 2 is not in it"
	)
	for _, row := range []struct {
		claim, value string
		want         []string
	}{
		{"an alias", `[{word: halfelf, alias: half elf}]`, nil},
		{"a phoneme", `[{word: Žižek, phoneme: ˈʒiʒɛk}]`, nil},
		{"an empty alias beside a phoneme", `[{word: Žižek, alias: "", phoneme: ˈʒiʒɛk}]`, nil},
		{"signs and several words", `[{word: "C++", alias: C plus plus}, {word: "R&D", alias: "<research>"}, {word: New York, alias: noo york}]`, nil},
		{"the same word in another case", `[{word: go, alias: go}, {word: Go, alias: Golang}]`, nil},
		{"an empty list", `[]`, nil},
		{"no word", `[{alias: x}]`, []string{at + "[0].word: is missing: write the word as the posts write it, for example halfelf"}},
		{"an empty word", `[{word: "", alias: x}]`, []string{at + "[0].word" + letterless}},
		{"a word of signs", `[{word: "++", alias: x}]`, []string{at + "[0].word" + letterless}},
		{"a word with an emoji", `[{word: "Go 🎉", alias: x}]`, []string{at + "[0].word" + unspoken}},
		{"a word with two spaces", `[{word: "New  York", alias: x}]`, []string{at + "[0].word" + unspoken}},
		{"a word with a space at the end", `[{word: "Go ", alias: x}]`, []string{at + "[0].word" + unspoken}},
		{"an invisible character", "[{word: \"Go\u200b\", alias: x}]", []string{at + "[0].word" + unspoken}},
		{"a long word", `[{word: ` + strings.Repeat("ä", 61) + `, alias: x}]`, []string{at + "[0].word: must be at most 60 characters"}},
		{"the longest word", `[{word: ` + strings.Repeat("ä", 60) + `, alias: ` + strings.Repeat("ä", 100) + `}]`, nil},
		{"neither alias nor phoneme", `[{word: Go}, {word: C, alias: ""}]`, []string{
			at + "[0]: needs alias or phoneme: write how Alexa says the word, for example alias: half elf",
			at + "[1]: needs alias or phoneme: write how Alexa says the word, for example alias: half elf"}},
		{"alias and phoneme", `[{word: Go, alias: x, phoneme: x}]`, []string{at + "[0].phoneme: must not be beside alias: remove one of the two"}},
		{"an alias of signs", `[{word: Go, alias: "…"}]`, []string{at + "[0].alias" + letterless}},
		{"a long alias", `[{word: Go, alias: ` + strings.Repeat("a", 101) + `}]`, []string{at + "[0].alias: must be at most 100 characters"}},
		{"a long phoneme", `[{word: Go, phoneme: ` + strings.Repeat("a", 101) + `}]`, []string{at + "[0].phoneme: must be at most 100 characters"}},
		{"a phoneme in slashes", `[{word: Go, phoneme: /ɡoʊ/}]`, []string{at + "[0].phoneme: must be without slashes and brackets, for example ˈɡoʊfɚ"}},
		{"a phoneme with another letter", `[{word: Go, phoneme: gé}]`, []string{at + "[0].phoneme" + foreign}},
		{"a phoneme that is not text", `[{word: Go, phoneme: 5}]`, []string{at + "[0].phoneme: must be text, not a number: put it in quotes"}},
		{"a duplicate", `[{word: Go, alias: x}, {word: C, alias: x}, {word: Go, phoneme: x}]`, []string{
			at + "[2].word: is the same as skills[0].pronounce[0].word: remove one of the two"}},
		{"an unknown key", `[{word: Go, alais: x}]`, []string{at + `[0].alais: is an unknown key; did you mean "alias"?`,
			at + "[0]: needs alias or phoneme: write how Alexa says the word, for example alias: half elf"}},
		{"texts instead of keys", `[Go]`, []string{at + "[0]: must be keys and their values, not text"}},
		{"a text instead of a list", `Go`, []string{at + ": must be a list such as [A, B], not text"}},
		{"too many", "[" + strings.Repeat("{word: Go, alias: x}, ", 201) + "]", []string{at + ": must have at most 200 words"}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			require.Equal(t, row.want, lines(t, "tls: {mode: off}\nskills:\n"+skill(map[string]string{"pronounce": row.value})))
		})
	}
}

func TestPronounceIsAList(t *testing.T) {
	text := "tls: {mode: off}\nskills:\n" + skill(map[string]string{"pronounce": "[{word: halfelf, alias: half elf}, {word: Žižek, phoneme: ˈʒiʒɛk}]"})
	got, err := config.Parse("skill.yaml", []byte(text), emptyEnv)
	require.NoError(t, err)
	require.Equal(t, []config.PronouncedWord{{Word: "halfelf", Alias: "half elf"}, {Word: "Žižek", Phoneme: "ˈʒiʒɛk"}}, got.Skills[0].Pronounce)
}
