package prose

import (
	"regexp"
	"slices"
	"strings"
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
	if text == "[link]" || text == "[comments]" || bare == "more" {
		return true
	}
	for _, phrase := range readMorePhrases {
		if rest, ok := strings.CutPrefix(bare, phrase); ok && (rest == "" || !isWordByte(rest[0])) {
			return true
		}
	}
	return false
}

func isWordByte(c byte) bool { return 'a' <= c && c <= 'z' || c >= 0x80 }

// endNotes matches whole lines that platforms add at the end of a post, in lower case and with simple apostrophes.
var endNotes = regexp.MustCompile(`^(?:` + strings.ReplaceAll(strings.Join([]string{
	// WordPress (Yoast SEO): "The post X appeared first on Y.", in the language of the blog.
	`(?:the|this) post .*(?:first appeared|appeared first) on .+`, `(?:der|dieser) (?:beitrag|artikel) .*erschien zuerst (?:auf|bei) .+`,
	`(?:l'article|cet article) .*est apparu en premier sur .+`,
	`(?:la entrada|el artículo|el post|la publicación|esta entrada) .*(?:se publicó primero|aparece primero|apareció primero) en .+`,
	`(?:l'articolo|questo articolo) .*(?:proviene da|sembra essere il primo su) .+`,
	`(?:o post|o conteúdo|o artigo|este post) .*(?:apareceu|aparece) primeiro (?:em|no|na) .+`,
	`(?:het bericht|het artikel|dit bericht) .*verscheen eerst op .+`, `(?:投稿)?.+は、?.+に最初に表示されました。?`,
	`inlägget .*dök först upp på .+`, `(?:indlægget|opslaget) .*(?:blev først udgivet|blev vist først|dukkede først op) .+`,
	`innlegget .*dukket først opp på .+`, `(?:artykuł|wpis) .*(?:pochodzi z serwisu|pojawił się (?:po raz )?pierwszy) .+`,
	`(?:artikkeli|julkaisu) .*(?:julkaistiin ensimmäi|ilmestyi ensi).+`, `příspěvek .*(?:pochází z|se nejdříve objevil) .+`,
	`.+ ilk önce .+ üzerinde ortaya çıktı`, `(?:сообщение|запись) .*(?:появились сначала|впервые появилась|появилась сначала) .+`,
	`l'entrada .*ha aparegut primer a .+`,
	// Medium.
	`.+ was originally published in .+ people are continuing the conversation by .+`,
	// Newspapers and news sites: the whole line, because the words also occur in posts.
	`to read this article in full,? (?:please )?click here`, `read more of this story at .+`,
	`(?:read|view|see) the (?:full|rest of|whole|entire|original) (?:of )?(?:this |the )?(?:article|story|post|entry|report|review)` +
		`(?: (?:at|on|here) ?.*)?`,
	`[(\[]\s*(?:READ|more|mehr|plus|más|mais|altro|continua|meer)\s*[….]*\s*[)\]]`,
	`(?:READ)(?: .{1,200})?\s*[→»›>⟶➔➡]+`, `(?:READ)\s*…`,
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
}, "|"), "READ", strings.Join(readMorePhrases, "|")) + `)$`)

// IsLinkLine reports whether a line contains only a link to another page of the post, as its comments.
func IsLinkLine(line string) bool {
	line = cleanText(line)
	return slices.Contains(wholeLinkTexts, strings.ToLower(strings.Trim(line, " ([{«»→›>…・。.)]}")))
}

// IsEndNote reports whether a line at the end of a post is a note of the platform.
func IsEndNote(text string) bool {
	const maxNote = 1000 // bytes, with a long title
	if len(text) > maxNote {
		return false
	}
	text = cleanText(text)
	text = strings.ToLower(strings.ReplaceAll(text, "’", "'"))
	return endNotes.MatchString(strings.TrimLeft(strings.TrimRight(text, ". "), "-–— "))
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
