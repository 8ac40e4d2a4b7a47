package feedtest

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// post is a post of the blog. Its text is derived from its number.
type post struct {
	number              int // 1 is the oldest; posts of EndlessPages have numbers from 0 downwards
	title               string
	published, modified time.Time
}

// recordID returns the post's number in the database. The numbers of posts are not consecutive, because revisions and
// images have numbers too.
func (each post) recordID() int {
	if each.number < 1 {
		return 10_000_000 - each.number
	}
	return 7 + 3*each.number
}

func (each post) bloggerNumber() string {
	return strconv.Itoa(8_100_000_000_000_000_000 + each.recordID())
}

func (each post) uniqueWord() string { return "zebra-" + strconv.Itoa(each.recordID()) }

// permalinkPath returns the path of the permalink.
func (each post) permalinkPath() string {
	return each.published.Format("/2006/01/") + titleSlug(each.title) + "-" + strconv.Itoa(each.recordID()) + "/"
}

func (each post) audioPath() string {
	if each.number%10 != 0 {
		return ""
	}
	return fmt.Sprintf("/audio/%d.mp3", each.recordID())
}

func (each post) audioBytes() int { return 1_000_000 + 137*each.recordID() }

func (each post) categories() []string {
	all := [...]string{"Rope & Tar", "Tides", "Café", "Boats"}
	first := all[(each.number%4+4)%4]
	if each.number%3 == 0 {
		return []string{first}
	}
	return []string{first, "Notes"}
}

// titleSlug returns a title in the form that blogs use in addresses, with hyphens instead of other characters.
func titleSlug(title string) string {
	parts := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	return strings.Join(append(parts, "post"), "-")
}

// block is a part of a post. Its markup has one %s, which stands for the text.
type block struct{ markup, text string }

// textBlocks returns blocks of 60 to 150 words in total.
func (each post) textBlocks() []block {
	say := sentencePicker(each.recordID())
	blocks := []block{{"<p>%s</p>", "Notes from the " + CommonWord + ", entry " + each.uniqueWord() + ". " + say(2)}}
	if each.number%2 == 0 {
		blocks = append(blocks, block{`<h2 class="wp-block-heading">%s</h2>`, "What the tide left"})
	}
	blocks = append(blocks, block{`<p><strong>%s</strong></p>`, say(1)}, block{"<p>%s</p>", say(2)})
	if each.number%3 == 0 {
		blocks = append(blocks, block{"<ul>\n<li>%s</li>", say(1)}, block{"<li>%s</li>\n</ul>", say(1)})
	}
	if each.number%4 == 0 {
		blocks = append(blocks, block{"<blockquote>\n<p>%s</p>\n</blockquote>", say(1)})
	}
	return append(blocks, block{`<p>%s</p>`, say(1)})
}

// plainText returns the text of the post without markup.
func (each post) plainText() string {
	texts := []string{}
	for _, b := range each.textBlocks() {
		texts = append(texts, b.text)
	}
	return strings.Join(texts, " ")
}

// contentHTML returns the post's HTML with escaped text. Every fifth post has an image.
func (each post) contentHTML(base string, escape func(string) string) string {
	var s strings.Builder
	for i, b := range each.textBlocks() {
		if i > 0 {
			s.WriteString("\n\n\n\n") // WordPress removes the block editor's comments, but not their line breaks
		}
		fmt.Fprintf(&s, b.markup, escape(b.text))
	}
	if each.number%5 == 0 {
		fmt.Fprintf(&s, "\n\n\n\n<figure class=\"wp-block-image size-large\"><img decoding=\"async\" width=\"1024\" "+
			"height=\"683\" src=\"%s/wp-content/uploads/%d-1024x683.jpg\" alt=\"\"/></figure>", base, each.recordID())
	}
	return s.String() + "\n"
}

// excerpt returns the first 55 words, as WordPress does. If the text is longer, it appends the string more.
func (each post) excerpt(more string) string {
	fields := strings.Fields(each.plainText())
	if len(fields) <= 55 {
		return strings.Join(fields, " ")
	}
	return strings.Join(fields[:55], " ") + more
}

// typesetTitle returns a title as the software publishes it. WordPress replaces quotes and dashes by typographic
// characters.
func typesetTitle(kind Kind, title string) string {
	if kind != WordPress {
		return title
	}
	title = strings.NewReplacer("'", "’", " - ", " – ", " -- ", " — ", "...", "…").Replace(title)
	parts := strings.Split(title, `"`)
	for i := range parts[1:] {
		parts[i+1] = string([]rune("“”")[i%2]) + parts[i+1]
	}
	return strings.Join(parts, "")
}

// texturizeHTML escapes text for HTML as WordPress does, with numeric entities.
func texturizeHTML(s string) string { return numeric.Replace(s) }

var numeric = strings.NewReplacer("&", "&#038;", "<", "&lt;", ">", "&gt;", "’", "&#8217;", "–", "&#8211;",
	"—", "&#8212;", "“", "&#8220;", "”", "&#8221;", "…", "&#8230;")

// escapeHTML escapes text for XML or HTML as most software does.
func escapeHTML(s string) string { return html.EscapeString(s) }
