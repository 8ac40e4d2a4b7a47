package phrases

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestATextIsReadAsItStands(t *testing.T) {
	words := &Params{Blog: "half ${Date} $5 elf", Date: "today", Period: "in March", Month: "March", Year: 2026, Count: 3}
	for source, want := range map[template]string{
		"":                             "",
		"no word":                      "no word",
		"${Blog}":                      "half ${Date} $5 elf", // a word's own signs are words
		"${Date}, ${Period}: ${Month}": "today, in March: March",
		"${Year}${Count}.":             "20263.",
		"%s":                           "%s",
	} {
		require.NoError(t, source.validate())
		require.Equal(t, want, source.expand(words))
	}
}

func TestATextWithAnUnknownWordIsRefused(t *testing.T) {
	for source, want := range map[template]string{
		"${Author}":          "unknown word ${Author}",
		"${.Blog}":           "unknown word ${.Blog}",
		"${ Blog }":          "unknown word ${ Blog }",
		"by ${Blog} ${blog}": "unknown word ${blog}",
		"$Author":            "unknown word ${Author}",
		"$$":                 "unknown word ${$}",
		"$5":                 "unknown word ${5}",
		"$Blog":              `"{" may only stand in words such as ${Blog}: "$Blog"`,
		"${Blog":             `"$" may only stand in words`,
		"${":                 `"$" may only stand in words`,
		"${}":                `"$" may only stand in words`,
		"5 $":                `"$" may only stand in words`,
		"{${Blog}}":          `"{" may only stand in words`,
		"${Blog}}":           `"}" may only stand in words`,
		"{{.Blog}}":          `"{" may only stand in words`,
	} {
		require.ErrorContains(t, source.validate(), want, source)
	}
}
