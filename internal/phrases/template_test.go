package phrases

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExpand(t *testing.T) {
	params := &Params{Blog: "half ${Date} $5 elf", Date: "today", Period: "in March", Month: "March", Year: 2026, Count: 3, Number: 4, Title: "éclair"}
	for source, want := range map[template]string{
		"":                             "",
		"no placeholder":               "no placeholder",
		"${Blog}":                      "half ${Date} $5 elf", // signs in a value are literal
		"${Date}, ${Period}: ${Month}": "Today, in March: March",
		"${Year}${Count}.":             "2026three.",
		"%s":                           "%s",
		"${Count} of ${Number}":        "Three of 4",
		"${Number}. ${Count}":          "4. three",
		"${Title} ${Period}":           "éclair in March", // a title keeps its first letter
	} {
		require.NoError(t, source.checkPlaceholders())
		require.Equal(t, want, source.expand(params, []string{"one", "two", "three"}))
	}
}

func TestRefusesUnknownPlaceholder(t *testing.T) {
	for source, want := range map[template]string{
		"${Ongoing}":         "unknown placeholder ${Ongoing}",
		"${Author}":          "unknown placeholder ${Author}",
		"${.Blog}":           "unknown placeholder ${.Blog}",
		"${ Blog }":          "unknown placeholder ${ Blog }",
		"by ${Blog} ${blog}": "unknown placeholder ${blog}",
		"$Author":            "unknown placeholder ${Author}",
		"$$":                 "unknown placeholder ${$}",
		"$5":                 "unknown placeholder ${5}",
		"$Blog":              `"{" is allowed only in a placeholder such as ${Blog}: "$Blog"`,
		"${Blog":             `"$" is allowed only in a placeholder`,
		"${":                 `"$" is allowed only in a placeholder`,
		"${}":                `"$" is allowed only in a placeholder`,
		"5 $":                `"$" is allowed only in a placeholder`,
		"{${Blog}}":          `"{" is allowed only in a placeholder`,
		"${Blog}}":           `"}" is allowed only in a placeholder`,
		"{{.Blog}}":          `"{" is allowed only in a placeholder`,
	} {
		require.ErrorContains(t, source.checkPlaceholders(), want, source)
	}
}
