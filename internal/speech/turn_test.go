package speech

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

// longPost returns a post with at least the given number of words: paragraphs of all lengths, headings, lists,
// quotations and code. It also returns the spoken words without announcements.
func longPost(words int) (html string, plain []string) {
	var b strings.Builder
	for i := 0; len(plain) < words; i++ {
		if i%7 == 3 {
			fmt.Fprintf(&b, "<h2>Chapter %d</h2>\n", i)
			plain = append(plain, "Chapter", fmt.Sprintf("%d.", i))
		}
		opened, closed := "<p>", "</p>"
		switch i % 11 {
		case 5:
			opened, closed = "<ul><li>", "</li></ul>"
		case 7:
			opened, closed = "<pre>code</pre><blockquote><p>", "</p></blockquote>"
		}
		b.WriteString(opened)
		for s := range 1 + i*7%13 {
			count := 1 + (i+s*s)*5%37
			for n := range count {
				word := fmt.Sprintf("word%d", i)
				if n == 0 {
					word = fmt.Sprintf("R&amp;D%d", s)
				}
				if n == count-1 {
					word += "."
				}
				b.WriteString(word + " ")
				plain = append(plain, strings.ReplaceAll(word, "&amp;", "&"))
			}
		}
		b.WriteString(closed)
	}
	return b.String(), plain
}

func TestTurnsCoverALongPost(t *testing.T) {
	html, want := longPost(20_000)
	for claim, announcements := range map[string]Announcements{"without announcements": {}, "with announcements": englishAnnouncements()} {
		t.Run(claim, func(t *testing.T) {
			text := Parse(html, announcements)
			checkTurns(t, text, "fr-FR")
			var words []string
			turns := text.Turns()
			for i, turn := range turns {
				speech := turn.Speech("fr-FR")
				require.Less(t, countUnits(speech.SSML()), 8000)
				require.True(t, strings.ContainsRune(sentenceStops+")", rune(turn.String()[len(turn.String())-1])), "cut off: %q", turn)
				require.GreaterOrEqual(t, countUnits(turn.Speech("").SSML()), 600, "turn %d of %d", i, len(turns))
				words = append(words, strings.Fields(speech.Plain())...)
			}
			if announcements.Quote == "" {
				require.Equal(t, want, words)
			}
			require.Equal(t, strings.Fields(text.String()), words)
			require.Greater(t, len(turns), 100)
		})
	}
}

func TestTurnsEndAtGoodPlaces(t *testing.T) {
	// sentenceOf returns a sentence of n characters that begins with name.
	sentenceOf := func(name string, n int) string {
		return name + " " + strings.Repeat("x", n-len(name)-2) + ". "
	}
	for claim, tt := range map[string]struct {
		html string
		want []string // name of the last sentence of each turn
	}{
		"text that fits is one turn":                {"<p>" + sentenceOf("A", 500) + "<p>" + sentenceOf("B", 500) + "<p>" + sentenceOf("C", 300), []string{"C"}},
		"one turn even if two are possible":         {"<p>" + sentenceOf("A", 620) + "<p>" + sentenceOf("B", 640), []string{"B"}},
		"at the first paragraph's end after 600":    {"<p>" + sentenceOf("A", 400) + sentenceOf("B", 400) + "<p>" + sentenceOf("C", 400) + "<p>" + sentenceOf("D", 700) + "<p>" + sentenceOf("E", 700), []string{"B", "D", "E"}},
		"at a sentence in a long paragraph":         {"<p>" + sentenceOf("A", 500) + sentenceOf("B", 500) + sentenceOf("C", 300) + sentenceOf("D", 400) + sentenceOf("E", 700), []string{"C", "E"}},
		"not if only a few words remain":            {"<p>" + sentenceOf("A", 500) + sentenceOf("B", 500) + sentenceOf("C", 300) + sentenceOf("D", 400), []string{"B", "D"}},
		"not at a heading":                          {"<p>" + sentenceOf("A", 580) + "<h2>B</h2><p>" + sentenceOf("C", 600) + sentenceOf("D", 800), []string{"C", "D"}},
		"before a sentence that is too long":        {"<p>" + sentenceOf("A", 300) + sentenceOf("B", 1300) + sentenceOf("C", 700), []string{"A", "B", "C"}},
		"not before 600, even at a paragraph's end": {"<p>" + sentenceOf("A", 500) + "<p>" + sentenceOf("B", 600) + "<p>" + sentenceOf("C", 900), []string{"B", "C"}},
	} {
		t.Run(claim, func(t *testing.T) {
			text := Parse(tt.html, Announcements{})
			checkTurns(t, text, "")
			var ends []string
			for _, turn := range text.Turns() {
				ends = append(ends, turn.sentences[len(turn.sentences)-1].words[:1])
			}
			require.Equal(t, tt.want, ends)
		})
	}
}

func TestSpeechHasPausesAndLanguageTags(t *testing.T) {
	text := Parse("<h1>R&amp;D</h1><p>Eins. Zwei.<blockquote>Drei.</blockquote>", englishAnnouncements())
	turns := text.Turns()
	require.Len(t, turns, 1)
	require.Equal(t, "R&D. Eins. Zwei. Quote: Drei.", turns[0].String())
	require.Equal(t, `<speak>R&amp;D. <break time="500ms"/> Eins. Zwei. <break time="500ms"/> Quote: Drei.</speak>`, turns[0].Speech("").SSML())
	require.Equal(t, turns[0].Speech("").SSML(), turns[0].Speech("xx-XX").SSML(), "Alexa does not speak it")
	require.Equal(t, `<speak><lang xml:lang="de-DE">R&amp;D.</lang> <break time="500ms"/> <lang xml:lang="de-DE">Eins. Zwei.</lang>`+
		` <break time="500ms"/> Quote: <lang xml:lang="de-DE">Drei.</lang></speak>`, turns[0].Speech("de-DE").SSML())
}

func TestMarkupLengthConstants(t *testing.T) {
	text := Parse("<p>Eins & zwei. 𝔞.<p>Drei.<blockquote>Vier.</blockquote><pre>x</pre>Fünf.", englishAnnouncements())
	for n := range text.sentences {
		var counted turnLength
		for _, s := range text.sentences[n:] {
			counted.addSentence(s)
		}
		turn := Turn{text.sentences[n:]}
		require.Equal(t, countUnits(turn.Speech("").SSML()), counted.min)
		require.Equal(t, countUnits(turn.Speech("de-DE").SSML()), counted.max)
	}
}

// TestTurnsLeaveRoomForPronunciations reads texts with many words of a lexicon. The turns must fit into an answer with
// all their markup.
func TestTurnsLeaveRoomForPronunciations(t *testing.T) {
	lexicon := alexa.NewLexicon([]alexa.Pronunciation{{Word: "Go", Alias: strings.Repeat("x", 100)}, {Word: "R&D0", Phoneme: "a"}})
	for claim, tt := range map[string]struct {
		html string
		same bool // the turns are the same as without a lexicon
	}{
		"a text of such words":            {strings.Repeat("<p>"+strings.Repeat("Go is Go. ", 40), 50), false},
		"a usual text with some of them":  {strings.Repeat("<p>"+strings.Repeat("We all like Go, and some of us say so in a sentence. ", 10), 50), true},
		"a text without any of the words": {strings.Repeat("<p>"+strings.Repeat("Nothing to see. ", 40), 50), true},
	} {
		t.Run(claim, func(t *testing.T) {
			text := Parse(tt.html, Announcements{})
			turns := text.MarkedTurns(lexicon)
			require.Equal(t, tt.same, slices.EqualFunc(turns, text.Turns(), func(a, b Turn) bool { return a.String() == b.String() }))
			var words []string
			for _, turn := range turns {
				plain := turn.Speech("de-DE")
				marked := lexicon.Apply(plain)
				require.LessOrEqual(t, countUnits(marked.SSML()), 6000)
				require.Equal(t, lexicon.MarkupLength(plain.Plain()), countUnits(marked.SSML())-countUnits(plain.SSML()), "each word is marked")
				words = append(words, turn.String())
			}
			require.Equal(t, text.String(), strings.Join(words, " "))
		})
	}
}

func TestExcerptHasTheFirstSentences(t *testing.T) {
	html := "<blockquote><p>One, two. Three 𝔞.</p></blockquote><video></video><p>Four.</p>"
	for claim, tt := range map[string]struct {
		most int
		want string
	}{
		"an excerpt leaves out announcements":    {100, "One, two. Three 𝔞. Four."},
		"all sentences fit":                      {25, "One, two. Three 𝔞. Four."},
		"some sentences fit":                     {24, "One, two. Three 𝔞."},
		"the limit counts UTF-16 units":          {18, "One, two."},
		"only the first sentence fits":           {9, "One, two."},
		"a part of the first sentence":           {8, "One…"},
		"a part with exactly the maximum length": {4, "One…"},
		"a part of a word":                       {3, "On…"},
		"empty if the limit is too small":        {1, ""},
		"empty if the limit is zero or less":     {-1, ""},
	} {
		t.Run(claim, func(t *testing.T) {
			require.Equal(t, tt.want, Parse(html, englishAnnouncements()).Excerpt(tt.most))
		})
	}
}

func TestFingerprintDetectsChanges(t *testing.T) {
	texts := []string{"<p>One. Two.</p>", "<p>One.<p>Two.", "<p>One.</p>", "<p>One. Two. Three.", "<p>One. Two?", "<p>One. Two.<video></video>", ""}
	var sums []uint32
	for _, html := range texts {
		sum := Parse(html, englishAnnouncements()).Fingerprint()
		require.Equal(t, sum, Parse("<div>"+html+"</div>", englishAnnouncements()).Fingerprint(), "different markup, same words")
		sums = append(sums, sum)
	}
	slices.Sort(sums)
	require.Len(t, slices.Compact(sums), len(texts))
}

func BenchmarkTwentyThousandWords(b *testing.B) {
	html, _ := longPost(20_000)
	announcements := englishAnnouncements()
	b.SetBytes(int64(len(html)))
	for b.Loop() {
		Parse(html, announcements).Turns()
	}
}
