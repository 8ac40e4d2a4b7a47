package setup

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

// TestProposedInvocationNames has the titles of real feeds. Amazon accepts each proposal.
func TestProposedInvocationNames(t *testing.T) {
	for _, row := range []struct{ title, host, want string }{
		{"Half-Elf on Tech", "halfelf.org", "half elf on tech"},
		{"Daring Fireball", "daringfireball.net", "daring fireball"},
		{"kottke.org", "feeds.kottke.org", "kottke dot org"},
		{"xkcd.com", "xkcd.com", "xkcd dot com"},
		{"512 Pixels", "512pixels.net", "five hundred twelve pixels"},
		{"9to5Mac", "9to5mac.com", "nine to five mac"},
		{"The Verge", "www.theverge.com", "the verge blog"},
		{"The Old New Thing", "devblogs.microsoft.com", "the old new thing"},
		{"Signal v. Noise", "m.signalvnoise.com", "signal v. noise"},
		{"Joel on Software", "www.joelonsoftware.com", "joel on software"},
		{"Schneier on Security", "www.schneier.com", "schneier on security"},
		{"Simon Willison's Weblog", "simonwillison.net", "simon willison's weblog"},
		{"Seth’s Blog", "seths.blog", "seth's blog"},
		{"Open Culture", "www.openculture.com", "culture blog"},
		{"Start the Week", "bbc.co.uk", "the week blog"},
		{"TechCrunch", "techcrunch.com", "tech crunch"},
		{"Hackaday", "hackaday.com", "hackaday blog"},
		{"Ars Technica - All content", "arstechnica.com", "ars technica"},
		{"Charlie's Diary", "www.antipope.org", "charlie's diary"},
		{"Marco.org", "marco.org", "marco dot org"},
		{"Coding Horror", "blog.codinghorror.com", "coding horror"},
		{"Blog | Ghost", "ghost.org", "ghost blog"},
		{"Home – My Garden", "garden.example", "my garden"},
		{"Tom & Jerry's 101 Tips", "tips.example", "tom and jerry's one hundred one"},
		{"Café Müller", "cafe.example", "cafe muller"},
		{"Straße 7", "s.example", "strasse seven"},
		{"Cellar notes: jars, pickles and salt", "jar.example", "cellar notes"},
		{"B.B.C. Tales", "bbc.example", "b. b. c. tales"},
		{"C++ Weekly", "c.example", "c plus plus weekly"},
		{"The 1st of 2024", "year.example", "the first of twenty twenty four"},
		{"A List Apart: The Full Feed", "alistapart.com", "a list apart"},
		{"Go 1.22 News", "go.dev", "go one point twenty two news"},
		{"日本語のブログ", "www.tofugu.com", "tofugu blog"},
		{"Новости", "news.example", "news blog"},
		{"", "halfelf.org", "halfelf blog"},
		{"Blog", "halfelf.org", "halfelf blog"},
		{"🎉🎉", "127.0.0.1", "blog reader"},
		{"!!!", "localhost", "blog reader"},
		{"alexa ask open", "alexa.com", "blog reader"},
		{"it's", "x.example", "it's blog"},
		{"McCarthy iPhone", "m.example", "mccarthy iphone"},
		{"\"Quotes\" and ${HOME}\n- x: y", "q.example", "quotes blog"},
	} {
		t.Run(row.title, func(t *testing.T) {
			name, reason := proposeInvocationName(row.title, row.host)
			require.Equal(t, row.want, name)
			require.Empty(t, alexa.CheckInvocationName(name))
			require.NotEmpty(t, reason)
		})
	}
}

func TestProposalSaysWhatItLeavesOut(t *testing.T) {
	_, reason := proposeInvocationName("Open Culture", "www.openculture.com")
	require.Equal(t, `it is made of the feed's title "Open Culture", without "open", because a skill's name must not have Alexa's own words`, reason)
}

// FuzzProposedInvocationName requires that Amazon accepts each proposal, whatever a feed's title is.
func FuzzProposedInvocationName(f *testing.F) {
	for _, seed := range []string{"Half-Elf on Tech", "a. b.", "1st", "''''", "x.y.z", "é̂", "ﬁne", "00", "1,000,000th", strings.Repeat("word ", 100)} {
		f.Add(seed, "halfelf.org")
	}
	f.Fuzz(func(t *testing.T, title, host string) {
		name, _ := proposeInvocationName(title, host)
		require.Empty(t, alexa.CheckInvocationName(name), "%q", name)
		require.LessOrEqual(t, len(name), maxNameLength+len(" blog"))
	})
}

func TestSpellNumber(t *testing.T) {
	for digits, want := range map[string]string{
		"0": "zero", "7": "seven", "13": "thirteen", "20": "twenty", "37": "thirty seven", "100": "one hundred",
		"101": "one hundred one", "512": "five hundred twelve", "1000": "one thousand", "1066": "one thousand sixty six",
		"1100": "eleven hundred", "1905": "nineteen oh five", "1999": "nineteen ninety nine", "2000": "two thousand",
		"2009": "two thousand nine", "2010": "twenty ten", "2026": "twenty twenty six", "3000": "three thousand",
		"100000": "one hundred thousand", "999999": "nine hundred ninety nine thousand nine hundred ninety nine",
		"1000000": "one zero zero zero zero zero zero", "007": "zero zero seven", "99999999999999999999": strings.TrimSpace(strings.Repeat("nine ", 20)),
	} {
		require.Equal(t, want, spellNumber(digits), digits)
	}
	for digits, want := range map[string]string{
		"1": "first", "2": "second", "3": "third", "5": "fifth", "8": "eighth", "9": "ninth", "12": "twelfth", "20": "twentieth",
		"21": "twenty first", "24": "twenty fourth", "100": "one hundredth",
	} {
		require.Equal(t, want, spellOrdinal(digits), digits)
	}
}

// TestRefusedWords has the words that Amazon refuses in new names only.
func TestRefusedWords(t *testing.T) {
	var i Interview
	for _, word := range []string{"skill", "app"} {
		_, fault := i.judgeInvocationName("half " + word)
		require.Equal(t, `must not have the word "`+word+`" in it: Amazon refuses it`, fault)
		name, _ := proposeInvocationName("Half Elf "+word, "")
		require.Equal(t, "half elf", name)
	}
}

func TestExcerpt(t *testing.T) {
	require.Equal(t, "Half Elf", excerpt("Half Elf"))
	require.Equal(t, strings.Repeat("é", 80)+"…", excerpt(strings.Repeat("é", 81)))
}
