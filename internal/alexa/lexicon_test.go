package alexa

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func testLexicon() *Lexicon {
	return NewLexicon([]Pronunciation{
		{Word: "Go", Alias: "Golang"}, {Word: "C++", Alias: "C plus plus"}, {Word: "C", Alias: "see"}, {Word: ".NET", Alias: "dot net"},
		{Word: "Node.js", Alias: "node J S"}, {Word: "U.S.", Alias: "United States"}, {Word: "Yahoo!", Alias: "yahoo"},
		{Word: "R&D", Alias: `"research" & <development>`}, {Word: "New", Alias: "noo"}, {Word: "New York", Alias: "the city"},
		{Word: "Žižek", Phoneme: "ˈʒiʒɛk"}, {Word: "明日", Alias: "あした"}, {Word: "Moe's", Alias: "Mo's"}, {Word: "Café", Alias: "caffay"},
	})
}

// mark returns the content of <speak> after the lexicon was applied to a text.
func mark(text string) string {
	ssml := testLexicon().Apply(Say(text)).SSML()
	return strings.TrimSuffix(strings.TrimPrefix(ssml, speakOpen), speakClose)
}

func TestLexiconMarksWholeWords(t *testing.T) {
	const golang = `<sub alias="Golang">Go</sub>`
	for _, row := range []struct{ claim, text, want string }{
		{"a word", "Learn Go today.", "Learn " + golang + " today."},
		{"at the beginning and the end", "Go and Go", golang + " and " + golang},
		{"beside punctuation", "(Go), “Go” – Go-based; Go/Go… Go!", "(" + golang + "), “" + golang + "” – " + golang + "-based; " + golang + "/" + golang + "… " + golang + "!"},
		{"case matters", "go GO Go", "go GO " + golang},
		{"not in a longer word", "Gopher Google cargo Goé MyGo Go2 Go_x", "Gopher Google cargo Goé MyGo Go2 Go_x"},
		{"not before a combining mark", "Go\u0301", "Go\u0301"},
		{"a possessive", "Go's and Go’s", golang + "&apos;s and " + golang + "’s"},
		{"not before another apostrophe", "Go'll don't", "Go&apos;ll don&apos;t"},
		{"a single quotation mark", "'Go'", "&apos;" + golang + "&apos;"},
		{"signs", "C++ and C++11, C#.", `<sub alias="C plus plus">C++</sub> and <sub alias="C plus plus">C++</sub>11, <sub alias="see">C</sub>#.`},
		{"a dot at the beginning", ".NET, ASP.NET", `<sub alias="dot net">.NET</sub>, ASP.NET`},
		{"a dot inside", "Node.js, Node.jsx", `<sub alias="node J S">Node.js</sub>, Node.jsx`},
		{"an abbreviation", "U.S. and U.S.A.", `<sub alias="United States">U.S.</sub> and U.S.A.`},
		{"not a part of an address", "Go.example.com", "Go.example.com"},
		{"the longest word wins", "New York, New things", `<sub alias="the city">New York</sub>, <sub alias="noo">New</sub> things`},
		{"a word with a possessive", "Moe's bar, Moe", `<sub alias="Mo&apos;s">Moe&apos;s</sub> bar, Moe`},
		{"words and aliases are escaped", "Our R&D", `Our <sub alias="&quot;research&quot; &amp; &lt;development&gt;">R&amp;D</sub>`},
		{"phonemes", "Žižek", `<phoneme alphabet="ipa" ph="ˈʒiʒɛk">Žižek</phoneme>`},
		{"a script without spaces", "明日の天気", `<sub alias="あした">明日</sub>の天気`},
		{"an alias is not marked again", "Go", golang},
		{"no listed word", "Nothing here, but <Go> in markup: &", "Nothing here, but &lt;" + golang + "&gt; in markup: &amp;"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			require.Equal(t, row.want, mark(row.text))
			require.Equal(t, Say(row.text).Plain(), testLexicon().Apply(Say(row.text)).Plain(), "the words for reading do not change")
		})
	}
}

func TestLexiconKeepsTags(t *testing.T) {
	s := Say("Go.")
	s.Pause(time.Second)
	s.Lang("de-DE", "Das ist Go.")
	s.Text("Go")
	marked := testLexicon().Apply(s)
	require.Equal(t, `<speak><sub alias="Golang">Go</sub>. <break time="1000ms"/> <lang xml:lang="de-DE">Das ist <sub alias="Golang">Go</sub>.</lang>`+
		` <sub alias="Golang">Go</sub></speak>`, marked.SSML())
	require.Equal(t, "Go. Das ist Go. Go", marked.Plain())
	require.Equal(t, marked, testLexicon().Apply(marked), "marked words are not marked again")
	require.False(t, testLexicon().Apply(Say("Go")).Empty())
}

func TestEmptyLexiconChangesNothing(t *testing.T) {
	var missing *Lexicon
	for _, lexicon := range []*Lexicon{missing, NewLexicon(nil), NewLexicon([]Pronunciation{{Word: "", Alias: "x"}, {Word: "Go"}})} {
		require.Equal(t, Say("Go & go"), lexicon.Apply(Say("Go & go")))
		require.Zero(t, lexicon.MarkupLength("Go"))
	}
}

func TestMarkupLength(t *testing.T) {
	for _, text := range []string{"", "Go", "Gopher", "R&D, Go's C++ and Žižek in New York", "𝔞 Go"} {
		plain, marked := Say(text), testLexicon().Apply(Say(text))
		require.Equal(t, utf16Length(marked.SSML())-utf16Length(plain.SSML()), testLexicon().MarkupLength(plain.Plain()), text)
	}
}

// TestLexiconNeverCostsWords requires that markup does not push words beyond Amazon's limit.
func TestLexiconNeverCostsWords(t *testing.T) {
	text := strings.TrimSpace(strings.Repeat("Go is R&D. ", 500))
	marked := testLexicon().Apply(Say(text))
	require.LessOrEqual(t, utf16Length(marked.SSML()), maxSpeech)
	require.Greater(t, utf16Length(marked.SSML()), maxSpeech-100, "the room is used")
	require.Equal(t, text, marked.withinLimits().Plain())
	require.True(t, strings.HasPrefix(marked.SSML(), `<speak><sub alias="Golang">Go</sub> is <sub`), "the first words are marked")
	tooLong := Say(strings.Repeat("Go. ", 3000))
	require.Equal(t, tooLong, testLexicon().Apply(tooLong), "a text beyond the limit has no room for markup")
}

func TestTruncateKeepsMarkedWords(t *testing.T) {
	const golang = `<sub alias="Golang">Go</sub>`
	for _, row := range []struct {
		claim, text string
		limit       int
		want        string
	}{
		{"a marked word is not cut", "One two " + golang + " three", 30, "One two"},
		{"a marked word directly before the limit", "One two " + golang + " three", 8 + len(golang), "One two " + golang},
		{"a marked word is not a tag that may stay alone", golang + "pher", len(golang) - 1, ""},
		{"a stop after a marked word", "I like " + golang + ". And this too", 7 + len(golang) + 8, "I like " + golang + "."},
		{"a stop in a marked word", `I like <sub alias="a">Yahoo!</sub> And this too`, 40, `I like <sub alias="a">Yahoo!</sub>`},
		{"a semicolon in an alias", `I like <sub alias="R&amp;D">it</sub> a lot and more`, 36, `I like <sub alias="R&amp;D">it</sub>`},
		{"a marked word in another language", `<lang xml:lang="de-DE">Ja ` + golang + ` nein</lang>`, 26 + len(golang) + 7, `<lang xml:lang="de-DE">Ja ` + golang + `</lang>`},
		{"a phoneme", `One <phoneme alphabet="ipa" ph="ʒ">two</phoneme> three`, 49, `One <phoneme alphabet="ipa" ph="ʒ">two</phoneme>`},
	} {
		t.Run(row.claim, func(t *testing.T) {
			require.Equal(t, row.want, truncate(row.text, true, sizeLimit{row.limit, utf16Length}))
		})
	}
}

func TestCheckPhoneme(t *testing.T) {
	for _, valid := range []string{"ɡoʊ", "goʊ", "pɪˈkɑːn", "ˈʒiʒɛk", "bɔ̃ʒuʁ", "t͡ʃ", "tʰ", "ˌæ.mə ˈzɒn", "sɐ̃w̃ ˈpawlu", "˥˩ma", "ᵻn", "ǃa", "a‿b", "çθβχ"} {
		require.Empty(t, CheckPhoneme(valid), valid)
	}
	for invalid, want := range map[string]string{
		"": "has no letter of the International Phonetic Alphabet", "ˈ ː": "has no letter", "/ɡoʊ/": "without slashes and brackets",
		"[ɡoʊ]": "without slashes and brackets", "ɡo:": "ː", "'ɡoʊ": "ˈ", "Go": "lower case", "ɡ0": "character 2", "gøé": "character 3", "γ": "character 1",
		`a"b`: "character 2", "a<b": "character 2", "a&b": "character 2", "a😀": "character 2", "a  b": "one space", " a": "one space", "a\tb": "character 2",
	} {
		require.Contains(t, CheckPhoneme(invalid), want, invalid)
	}
}

func FuzzLexicon(f *testing.F) {
	f.Add("Learn Go & R&D's C++ in New York.", "Das ist Go.", "Go", "Golang", "")
	f.Add("’s ’s Go’s\u0301 U.S. 明日", "&", "’s", "\"<>'", "")
	f.Add(strings.Repeat("a", 50), "", "a", "", "a")
	f.Fuzz(func(t *testing.T, text, foreign, word, alias, phoneme string) {
		s := Say(text)
		s.Lang("de-DE", foreign)
		lexicon := NewLexicon([]Pronunciation{{Word: word, Alias: alias, Phoneme: phoneme}, {Word: "Go", Alias: "Golang"}})
		marked := lexicon.Apply(s)
		require.Equal(t, s.Plain(), marked.Plain())
		words := strings.Join(strings.Fields(wellFormed(t, marked.SSML())), " ")
		require.Equal(t, words, marked.Plain())
		require.True(t, utf8.ValidString(marked.SSML()))
		require.LessOrEqual(t, utf16Length(marked.SSML()), max(maxSpeech, utf16Length(s.SSML())))
		for _, limit := range []int{40, 200} {
			short := Speech{truncate(marked.body, true, sizeLimit{limit, utf16Length})}
			require.LessOrEqual(t, utf16Length(short.body), max(limit, 0))
			wellFormed(t, short.SSML())
			require.True(t, strings.HasPrefix(s.Plain(), short.Plain()), "%q", short.Plain())
		}
	})
}

func BenchmarkLexicon(b *testing.B) {
	s := Say(strings.Repeat("Go C++ and New York are words of a text. ", 100))
	lexicon := testLexicon()
	b.SetBytes(int64(len(s.body)))
	for b.Loop() {
		lexicon.Apply(s)
	}
}
