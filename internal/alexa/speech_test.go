package alexa

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTextEscapesAndCleans(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"words":                                      {"The last post.", "The last post."},
		"markup is text":                             {`<b>"R&D's"</b>`, "&lt;b&gt;&quot;R&amp;D&apos;s&quot;&lt;/b&gt;"},
		"an entity is text":                          {"&amp;", "&amp;amp;"},
		"white space becomes one space":              {" a\r\n\tb\u00a0\u2003c\u3000d\u2028e\u0085f\vg ", "a b c d e f g"},
		"control characters are removed":             {"a\x00b\x1bc\x7fd\u0080e\u009ff", "abcdef"},
		"zero-width characters are removed":          {"a\u200bb\u200cc\u200dd\ufeffe\u00adf\u2060g\u034fh", "abcdefgh"},
		"text direction marks are removed":           {"\u202ea\u202c\u2066b\u2069\u200e", "ab"},
		"object replacements are removed":            {"a \uFFFC b", "a b"},
		"noncharacters are removed":                  {"a\ufffeb\uffffc\ufdd0d\U0001fffee", "abcde"},
		"private use characters are removed":         {"a\ue000b\U000f0000c\U00100000d", "abcd"},
		"invalid UTF-8 is removed":                   {"a\xffb\xc3c\xed\xa0\x80d\xf0\x9fe\ufffdf", "abcdef"},
		"letters of all scripts stay":                {"é ä ß 日本語 हिन्दी عربي e\u0301", "é ä ß 日本語 हिन्दी عربي e\u0301"},
		"text symbols stay":                          {"© ® ™ € ± ½ ² № → ♯ ✓ ❶ ♠ ☎ ❤", "© ® ™ € ± ½ ² № → ♯ ✓ ❶ ♠ ☎ ❤"},
		"symbols with a text selector stay":          {"©\ufe0e ☎\ufe0e", "© ☎"},
		"©, ® and ™ stay as emoji":                   {"©\ufe0f ®\ufe0f ™\ufe0f", "© ® ™"},
		"digits stay":                                {"0123456789 #1 * 2\ufe0f", "0123456789 #1 * 2"},
		"wide digits stay":                           {"１２", "１２"},
		"enclosed letters stay":                      {"🄰", "🄰"},
		"emoji are removed":                          {"Hi 😀 there 🎉🎉🚀", "Hi there"},
		"emoji between words become a space":         {"a🎉b", "a b"},
		"punctuation after emoji joins its word":     {"Great post 🎉! (really 😀) yes 😀.", "Great post! (really) yes."},
		"punctuation after a space keeps the space":  {"a . b", "a . b"},
		"old emoji are removed":                      {"a ☕ b ⚡ c ⭐ d ✅ e ❓", "a b c d e"},
		"symbols with an emoji selector are removed": {"a ❤\ufe0f b ☎\ufe0f c ‼\ufe0f d ㊗\ufe0f e ▶\ufe0f f", "a b c d e f"},
		"skin tones are removed":                     {"a 👍🏽 b ☝🏿 c ✍\u200d d", "a b c d"},
		"joined emoji are removed":                   {"a 👨‍👩‍👧‍👦 b 👩\u200d❤\u200d👨 c ❤\u200d🔥 d 🏃\u200d♀ e ⛹🏽\u200d♂\ufe0f f", "a b c d e f"},
		"flags are removed":                          {"a 🇩🇪 b 🏴‍☠️ c 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f d", "a b c d"},
		"keycaps are removed":                        {"a 1\ufe0f\u20e3 b #\u20e3 c 12\ufe0f\u20e3", "a b c 1"},
		"a joiner between letters is removed":        {"क्\u200dष", "क्ष"},
		"a text of white space":                      {" \t\n\u2003", ""},
		"a text of unspeakable characters":           {"\x00 \u200b 😀 \ufeff", ""},
		"nothing":                                    {"", ""},
		"an ASCII character before é":                {"aé bé", "aé bé"},
		"a markup character before é":                {"&é<é", "&amp;é&lt;é"},
		"a space before a wide character":            {"x 日", "x 日"},
		"a digit before a wide character":            {"2日", "2日"},
		"a selector without a symbol":                {"\ufe0fa\ufe0fb\U000e0100c", "abc"},
		"a keycap without a digit":                   {"\u20e3a\u20e3", "a"},
		"a single skin tone":                         {"🏽", ""},
		"emoji at the beginning":                     {"🎉 a", "a"},
		"emoji before opening bracket":               {"a 🎉 (b)", "a (b)"},
	} {
		t.Run(name, func(t *testing.T) {
			s := Say(tt.text)
			require.Equal(t, "<speak>"+tt.want+"</speak>", s.SSML())
			require.Equal(t, tt.want == "", s.Empty())
		})
	}
}

func TestSpeechConcatenation(t *testing.T) {
	s := Say("One.", "", " ", "Two & three.")
	s.Pause(500 * time.Millisecond)
	s.Text("Four.")
	s.Lang("fr-FR", "C'est <bon>.")
	require.Equal(t, `<speak>One. Two &amp; three. <break time="500ms"/> Four. `+
		`<lang xml:lang="fr-FR">C&apos;est &lt;bon&gt;.</lang></speak>`, s.SSML())
	require.Equal(t, "One. Two & three. Four. C'est <bon>.", s.Plain())
	require.False(t, s.Empty())
}

func TestPlainUnescapesOnce(t *testing.T) {
	require.Equal(t, "&lt; <b> &quot;", Say("&lt; <b> &quot;").Plain())
}

func TestZeroSpeechIsEmpty(t *testing.T) {
	var s Speech
	require.True(t, s.Empty())
	require.True(t, Say().Empty())
	require.Equal(t, "<speak></speak>", s.SSML())
	require.Empty(t, s.Plain())
}

func TestPause(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second:            "",
		0:                       "",
		999 * time.Microsecond:  "",
		1500 * time.Microsecond: `<break time="1ms"/>`,
		time.Second:             `<break time="1000ms"/>`,
		10 * time.Second:        `<break time="10000ms"/>`,
		time.Hour:               `<break time="10000ms"/>`,
	} {
		var s Speech
		s.Pause(d)
		require.Equal(t, "<speak>"+want+"</speak>", s.SSML())
		require.True(t, s.Empty(), "pauses are not words")
	}
}

func TestKeepsPausesBeforeWords(t *testing.T) {
	var s Speech
	s.Pause(time.Second)
	s.Pause(time.Second)
	require.True(t, s.Empty())
	s.Text("a")
	require.False(t, s.Empty())
	require.Equal(t, `<speak><break time="1000ms"/> <break time="1000ms"/> a</speak>`, s.SSML())
	require.Equal(t, "a", s.Plain())
}

func TestLangAcceptsOnlyKnownLocales(t *testing.T) {
	for _, locale := range []string{"", "fr", "fr-fr", "FR-FR", "fr_FR", "sv-SE", `fr-FR"/>`, "fr-FR "} {
		var s Speech
		s.Lang(locale, "Un & deux")
		require.Equal(t, "<speak>Un &amp; deux</speak>", s.SSML(), locale)
	}
	var s Speech
	s.Lang("pt-BR", " \u200b")
	require.True(t, s.Empty())
}

func TestSpeechCopiesAreIndependent(t *testing.T) {
	a := Say("One.", "Two.", "Three.")
	b := a
	a.Text("A.")
	b.Text("B.")
	require.Equal(t, "One. Two. Three. A.", a.Plain())
	require.Equal(t, "One. Two. Three. B.", b.Plain())
}

func TestTruncate(t *testing.T) {
	for name, tt := range map[string]struct {
		text   string
		markup bool
		limit  int
		want   string
	}{
		"a text within the limit does not change":         {"One. Two", false, 8, "One. Two"},
		"a text is cut at a sentence's end":               {"One. Two. Three four", false, 19, "One. Two."},
		"a stop at the very limit":                        {"One. Two. Three", false, 9, "One. Two."},
		"a stop just beyond the limit":                    {"One. Two. Three", false, 8, "One."},
		"quotes belong to the sentence":                   {"He said “go.” She went on", false, 20, "He said “go.”"},
		"German quotes belong to the sentence":            {"Er sagt „geh.“ Sie ging", false, 20, "Er sagt „geh.“"},
		"quotes beyond the limit":                         {"He said “go.” She went on", false, 12, "He said"},
		"a decimal point does not end a sentence":         {"It is 3.14159 and more", false, 15, "It is 3.14159"},
		"question and exclamation marks":                  {"What? Now! And then", false, 15, "What? Now!"},
		"a stop before a line's end":                      {"One.\nTwo three four", false, 12, "One."},
		"a Japanese stop without a space":                 {"一つ。二つ。三つ四つ", false, 8, "一つ。二つ。"},
		"Japanese quotes":                                 {"「一つ。」二つ三つ", false, 7, "「一つ。」"},
		"Hindi":                                           {"एक। दो तीन", false, 8, "एक।"},
		"without a sentence, the cut is at a word's end":  {"one two three", false, 10, "one two"},
		"spaces before the cut are removed":               {"one   two three", false, 11, "one   two"},
		"without a word's end, the cut is at a character": {"abcdefghij", false, 4, "abcd"},
		"the cut is not within a surrogate pair":          {"ab😀cd", false, 3, "ab"},
		"the cut is not before a combining mark":          {"abe\u0301cd", false, 3, "ab"},
		"the cut is not within a joined emoji":            {"ab👩\u200d🚀c", false, 5, "ab"},
		"the cut is not before a skin tone":               {"ab👍🏽c", false, 4, "ab"},
		"a limit of zero":                                 {"abc", false, 0, ""},
		"a negative limit":                                {"One. Two.", false, -5, ""},
		"an entity is not cut":                            {"abc&amp;def", true, 6, "abc"},
		"an entity directly before the limit":             {"abc&amp;def", true, 8, "abc&amp;"},
		"an escaped quote ends a sentence":                {"He said &quot;go.&quot; She went", true, 25, "He said &quot;go.&quot;"},
		"a tag is not cut":                                {`One two <break time="10ms"/> three`, true, 15, "One two"},
		"a tag directly before the limit":                 {`One two <break time="10ms"/> three`, true, 29, `One two <break time="10ms"/>`},
		"a stop before a tag":                             {`One. <break time="10ms"/> three four`, true, 31, "One."},
		"an open element is closed":                       {`A <lang xml:lang="fr-FR">un deux trois</lang> b`, true, 40, `A <lang xml:lang="fr-FR">un deux</lang>`},
		"the closing tag counts":                          {`A <lang xml:lang="fr-FR">un deux trois</lang> b`, true, 38, `A <lang xml:lang="fr-FR">un</lang>`},
		"an element without words is removed":             {`A <lang xml:lang="fr-FR">un deux trois</lang> b`, true, 32, "A"},
		"a stop within a lang":                            {`A <lang xml:lang="fr-FR">Un. Deux trois</lang> b`, true, 40, `A <lang xml:lang="fr-FR">Un.</lang>`},
		"a stop at a lang's end":                          {`A <lang xml:lang="fr-FR">Un.</lang> bcde fghi`, true, 42, `A <lang xml:lang="fr-FR">Un.</lang>`},
		"a sentence's end before a lang":                  {`One. <lang xml:lang="fr-FR">Undeuxtrois</lang>`, true, 41, `One.`},
		"ampersands are text without markup":              {"a&b <c d", false, 6, "a&b <c"},
		"angle brackets are text without markup":          {"<<<<", false, 2, "<<"},
	} {
		t.Run(name, func(t *testing.T) {
			got := truncate(tt.text, tt.markup, sizeLimit{tt.limit, utf16Length})
			require.Equal(t, tt.want, got)
			require.LessOrEqual(t, utf16Length(got), max(tt.limit, 0))
		})
	}
}

func TestUTF16Length(t *testing.T) {
	require.Equal(t, 0, utf16Length(""))
	require.Equal(t, 3, utf16Length("aé日"))
	require.Equal(t, 4, utf16Length("😀🎉"))
	require.Equal(t, 9000, utf16Length(strings.Repeat("日", 9000)))
}
