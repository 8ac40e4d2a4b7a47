package phrases

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestATextIsReadAsItStands(t *testing.T) {
	words := &Words{Blog: "half {{.Date}} elf", Date: "today", Period: "in March", Month: "March", Year: 2026, Count: 3}
	for source, want := range map[string]string{
		"":                                   "",
		"no word":                            "no word",
		"{{.Blog}}":                          "half {{.Date}} elf", // a word's own braces are words
		"{{.Date}}, {{.Period}}: {{.Month}}": "today, in March: March",
		"{{.Year}}{{.Count}}.":               "20263.",
		"} }} { %s":                          "} }} { %s",
	} {
		read, err := parse(source)
		require.NoError(t, err)
		require.Equal(t, want, read.with(words))
	}
}

func TestATextWithAnUnknownWordIsRefused(t *testing.T) {
	for _, source := range []string{"{{.Author}}", "{{Blog}}", "{{ .Blog }}", "{{.Blog", "{{", "{{}}", "by {{.Blog}} {{.blog}}", "{{{.Blog}}}"} {
		_, err := parse(source)
		require.Error(t, err, source)
	}
}
