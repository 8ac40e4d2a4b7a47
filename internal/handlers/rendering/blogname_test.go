package rendering

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBlogName(t *testing.T) {
	for title, want := range map[string]string{
		"Half Elf":                      "Half Elf",
		"Salt & Pepper":                 "Salt & Pepper",
		"🧁 Cakes for You 🧁":             "Cakes for You",
		"Wait But Why?":                 "Wait But Why",
		"Half Elf – Breaking Things":    "Half Elf – Breaking Things",
		"<script>alert(1)</script>Blog": "<script>alert(1)</script>Blog", // alexa.Speech escapes it
		"Half Elf on Tech – Sharing Knowledge and Moving Forward":     "Half Elf on Tech",
		"Marginal Revolution: Small Steps Toward a Much Better World": "Marginal Revolution",
		strings.Repeat("a", 500):                                      strings.Repeat("a", 50),
		strings.Repeat("word ", 100):                                  strings.TrimSpace(strings.Repeat("word ", 10)),
		"":                                                            "",
		"🎉🎉🎉":                                                         "",
		" – | – ":                                                     "",
		strings.Repeat("! ", 60) + "x":                                "",
	} {
		require.Equal(t, want, BlogName(title), title)
	}
}
