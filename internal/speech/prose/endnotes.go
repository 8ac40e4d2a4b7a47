package prose

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// readMorePhrases are the texts of links to the rest of a post, by language. Another text may follow.
var readMorePhrases = phrasesOfKind("read-more")

// wholeLinkTexts are the whole texts of lines at the end of a post that are not part of it.
var wholeLinkTexts = phrasesOfKind("link-line")

// IsReadMore reports whether the text of a link only means "read more".
func IsReadMore(text string) bool {
	text = cleanText(text)
	if HasCutMark(text) || text == "…" || text == "..." {
		return true
	}
	text = strings.ToLower(strings.ReplaceAll(text, "’", "'"))
	bare := strings.Trim(text, " ([{«»→›>…・。.)]}")
	if text == "[link]" || commentsLink.MatchString(text) || bare == "more" {
		return true
	}
	for _, phrase := range readMorePhrases {
		if rest, ok := strings.CutPrefix(bare, phrase); ok && (rest == "" || !isWordByte(rest[0])) {
			return true
		}
	}
	return false
}

// commentsLink matches the text of Reddit's link to the comments.
var commentsLink = regexp.MustCompile(`^\[(?:\d+ )?comments?\]$`)

// ContinuesSentence reports whether a link is the end of a sentence, as in "To learn the art, read more". before is the
// text before the link in its line.
func ContinuesSentence(before, link string) bool {
	before, link = strings.TrimSpace(before), strings.TrimSpace(link)
	first, _ := utf8.DecodeRuneInString(link)
	last, _ := utf8.DecodeLastRuneInString(before)
	if !unicode.IsLower(first) && last != ',' || strings.ContainsAny(link, "→»›>⟶➔➡…[(") {
		return false
	}
	return IsWord(last) || last == ','
}

func isWordByte(c byte) bool { return 'a' <= c && c <= 'z' || c >= 0x80 }

// closingNotes are the notes that platforms add as a line or after the last sentence, in lower case and with simple
// apostrophes.
var closingNotes = []string{
	// WordPress (Yoast SEO): "The post X appeared first on Y.", in the language of the blog.
	`(?:the|this) post .*appeared first on .+`, `(?:der|dieser) (?:beitrag|artikel) .*erschien zuerst (?:auf|bei) .+`,
	`(?:l'article|cet article) .*est apparu en premier sur .+`,
	`(?:la entrada|el artículo|el post|la publicación|esta entrada) .*(?:se publicó primero|aparece primero|apareció primero) en .+`,
	`(?:l'articolo|questo articolo) .*(?:proviene da|sembra essere il primo su) .+`,
	`(?:o post|o conteúdo|o artigo|este post) .*(?:apareceu|aparece) primeiro (?:em|no|na) .+`,
	`(?:het bericht|het artikel|dit bericht) .*verscheen eerst op .+`,
	`inlägget .*dök först upp på .+`, `(?:indlægget|opslaget) .*(?:blev først udgivet|blev vist først|dukkede først op) .+`,
	`innlegget .*dukket først opp på .+`, `(?:artykuł|wpis) .*(?:pochodzi z serwisu|pojawił się (?:po raz )?pierwszy) .+`,
	`(?:artikkeli|julkaisu) .*(?:julkaistiin ensimmäi|ilmestyi ensi).+`, `příspěvek .*(?:pochází z|se nejdříve objevil) .+`,
	`(?:сообщение|запись) .*(?:появились сначала|впервые появилась|появилась сначала) .+`,
	`l'entrada .*ha aparegut primer a .+`,
	// Newspapers and news sites.
	`to read this article in full,? (?:please )?click here`, `read more of this story at .+`,
	`read more at [\w-]+(?:\.[\w-]+)+`,
	`read (?:the )?\d+ remaining paragraphs?(?: \| comments)?`,
	`to continue reading this article,? (?:please )?(?:register|log in|subscribe)(?: now)?`,
	`this (?:story|article|post) continues at .{1,80}`, `\[?visit (?:the )?(?:site|website|page) to read more\]?`,
	`[(\[]\s*(?:READ|more|mehr|plus|más|mais|altro|continua|meer)\s*[….]+\s*[)\]]`,
	`(?:READ)(?: .{1,200})?\s*[→»›>⟶➔➡]+`, `(?:READ)\s*…`,
	// Reddit.
	redditNote, `submitted by /?u/[\w-]+(?: to /?r/\w+)?(?: \[link\])?`,
}

// redditNote matches the whole note of Reddit.
const redditNote = `submitted by (?:/?u/)?[\w-]+(?: to (?:/?r/)?\w+)? (?:\[link\] )?\[(?:\d+ )?comments?\]`

// lineNotes are the notes that platforms add as a line. In a paragraph, the words also occur in posts.
var lineNotes = []string{
	// WordPress: words that may start or be another sentence.
	`(?:the|this) post .*first appeared on .+`, `(?:投稿)?.+は、?.+に最初に表示されました。?`, `.+ ilk önce .+ üzerinde ortaya çıktı`,
	// Medium.
	`.+ was originally published in .+ people are continuing the conversation by .+`,
	// Newspapers and news sites.
	`(?:read|view|see) the (?:full|rest of|whole|entire|original) (?:of )?(?:this |the )?(?:article|story|post|entry|report|review)` +
		`(?: (?:at|on|here) ?.*)?`,
	`[(\[]\s*(?:READ|more|mehr|plus|más|mais|altro|continua|meer)\s*[….]*\s*[)\]]`,
	`(?:artikel|beitrag) (?:weiter)?lesen`, `\[link\]`, `\[(?:\d+ )?comments?\]`,
	// Discourse, hnrss, feed makers.
	`\d+ (?:posts?|beiträge?|beitrag|messages?|publicaci[oó]n(?:es)?|postage(?:m|ns)|berichten|bericht) - \d+ \pL+(?: \pL+)?`,
	`\d+件の投稿 - \d+人の参加者`,
	`(?:article|comments) url: .+`, `points: \d+`, `# ?comments: \d+`, `\(?(?:feed|rss) generated (?:with|by) .+`,
	`delivered by feed43 service`,
	// YouTube, Mastodon: tags.
	`(?:#[\pL\pN_]+\s*)+`,
	// Podcast hosts: Acast, Megaphone, Simplecast, Anchor, RedCircle, Spreaker, Libsyn.
	`hosted on acast\. see acast\.com/privacy.*`, `learn more about your ad choices\. visit .+`, `see privacy policy at .+ and .+`,
	`hosted by simplecast, an adswizz company\. see .+`, `send in a voice message: .+`, `support this podcast:.*`, `privacy & opt-out: .+`,
	`this (?:is a free preview|show is part of the spreaker podcast network).+`, `advertising inquiries: .+`,
}

var (
	closingNote = compileNotes(closingNotes)
	lineNote    = compileNotes(append(lineNotes, closingNotes...))
	// unfinishedNote matches notes after a text without a stop, because nothing else has their form.
	unfinishedNote = regexp.MustCompile(`(?i)\s(?:[(\[]\s*more\s*(?:…|\.\.\.)\s*[)\]]|` + redditNote + `)\s*$`)
)

// compileNotes returns the pattern of a whole note. In a note, READ stands for the words that mean "read more".
func compileNotes(notes []string) *regexp.Regexp {
	return regexp.MustCompile(`^(?:` + strings.ReplaceAll(strings.Join(notes, "|"), "READ", strings.Join(readMorePhrases, "|")) + `)$`)
}

// IsLinkLine reports whether a line contains only a link to another page of the post, as its comments.
func IsLinkLine(line string) bool {
	line = cleanText(line)
	return slices.Contains(wholeLinkTexts, strings.ToLower(strings.Trim(line, " ([{«»→›>…・。.)]}")))
}

const maxNote = 1000 // bytes, with a long title

// IsEndNote reports whether a line at the end of a post is a note of the platform.
func IsEndNote(line string) bool { return len(line) <= maxNote && lineNote.MatchString(noteText(line)) }

// noteText returns a text in the form that the patterns of notes have.
func noteText(text string) string {
	text = strings.ToLower(strings.ReplaceAll(cleanText(text), "’", "'"))
	return strings.TrimLeft(strings.TrimRight(text, ". "), "-–— ")
}

// sentenceEnd matches the end of a sentence, and the space after it.
var sentenceEnd = regexp.MustCompile(`[.!?…。！？]["'”’»)\]]*\s*`)

// ClosingNote returns the position of a platform's note after the last sentence of a line, or -1.
func ClosingNote(line string) int {
	const maxSentences = 12 // limits the time for hostile posts
	offset := max(0, len(line)-maxNote)
	ends := sentenceEnd.FindAllStringIndex(line[offset:], -1)
	for i := len(ends) - 1; i >= max(0, len(ends)-maxSentences); i-- {
		if at := offset + ends[i][1]; closingNote.MatchString(noteText(line[at:])) {
			return at
		}
	}
	if at := unfinishedNote.FindStringIndex(line[offset:]); at != nil {
		return offset + at[0]
	}
	return -1
}

// mayFollowNote matches lines that themes and plug-ins add after a note, in lower case.
var mayFollowNote = regexp.MustCompile(`^(?:(?:tags?|tagged|filed under|related|categories|category): ?.+|` +
	`\d+ comments?|share(?: (?:this|on) .{1,80})?)$`)

// MayFollowNote reports whether a line may follow a note of the platform, as the tags and the number of comments do.
func MayFollowNote(line string) bool {
	return len(line) <= maxNote && mayFollowNote.MatchString(noteText(line))
}

// endTags matches the tags at the end of a text, after a whole sentence.
var endTags = regexp.MustCompile(`(?:^|[.!?…。！？])["”»)]*\s*(?:#[\pL\pN_]+\s*)+$`)

// EndsWithTags reports whether a text ends with tags, as "#jars", after a whole sentence.
func EndsWithTags(text string) bool { return endTags.MatchString(text) }

// HasCutMark reports whether a text ends with a truncation mark in brackets.
func HasCutMark(text string) bool { return UnbracketEllipsis(text) != text }

// UnbracketEllipsis replaces a truncation mark in brackets at the end by "…".
func UnbracketEllipsis(text string) string {
	bare := strings.TrimRight(text, " \t\r\n\u00A0")
	for _, mark := range []string{"[…]", "[...]", "[. . .]", "(…)", "(...)"} {
		if head, ok := strings.CutSuffix(bare, mark); ok {
			return strings.TrimRight(head, " \t\r\n\u00A0.…") + "…"
		}
	}
	return text
}
