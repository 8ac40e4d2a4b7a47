package feed

import (
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode"
)

// imageAddresses lists the attributes of an image that can contain its address. Lazy images do not use src.
var imageAddresses = []string{"src", "data-src", "data-lazy-src", "data-orig-file"}

// ImageText returns an image's alternative text if it describes the image, or "". A file name and the caption of a
// share button are not a description. attr returns an attribute of the image.
func ImageText(attr func(name string) string) string {
	alt := strings.TrimSpace(attr("alt"))
	if isFileName(alt) || shareCaption.MatchString(alt) {
		return ""
	}
	for _, name := range imageAddresses {
		if namesFile(alt, attr(name)) {
			return ""
		}
	}
	return alt
}

// imageSuffix matches the extensions of image files.
var imageSuffix = regexp.MustCompile(`(?i)\.(?:jpe?g|jfif|png|gif|webp|avif|svg|bmp|tiff?|hei[cf])$`)

// cameraName matches the names that cameras, phones and editors give to new images, such as IMG_1234, DSC0001 or
// "Screenshot 2024-05-01 at 10.12.13".
var cameraName = regexp.MustCompile(`(?i)^(?:img|image|dsc[nf]?|pxl|mvimg|gopr|dji|pict?|picture|photo|foto|bild|imagem|scan|` +
	`screen ?-?shot|bildschirmfoto|capture|untitled|unnamed|unbenannt|vid|wp)[ _-]*` +
	`(?:[\d][\d ._:-]*(?:(?:at|um|à)[\d ._:-]+)?(?:[ap]m)?)?(?: ?\(\d+\)| ?copy)?$`)

// isFileName reports whether an image's text is a file name, whatever the name of the image's own file.
func isFileName(alt string) bool {
	if imageSuffix.MatchString(alt) || cameraName.MatchString(alt) {
		return true
	}
	if strings.ContainsAny(alt, " \n\t") {
		return false
	}
	digits := 0
	for _, r := range alt {
		if '0' <= r && r <= '9' {
			digits++
		}
	}
	return strings.Contains(alt, "_") || strings.Count(alt, "-") >= 2 || digits > 4 && digits*2 > len(alt)
}

// sizeSuffix matches the parts that WordPress adds to the file names of resized, edited and large images.
var sizeSuffix = regexp.MustCompile(`(?i)(?:[-_]\d{2,5}x\d{2,5}|@\dx|-scaled|-rotated|-e\d{9,})+$`)

// namesFile reports whether an image's text is the name of the image's file. WordPress fills an empty text with the
// name. The comparison ignores case, spaces and marks, because WordPress also changes them.
func namesFile(alt, src string) bool {
	if alt == "" || src == "" {
		return false
	}
	name := fileName(src)
	text := lettersOnly(alt)
	if text == "" || text == lettersOnly(name) {
		return text != ""
	}
	name = sizeSuffix.ReplaceAllString(name, "")
	isSlug := alt == strings.ToLower(alt) && !strings.Contains(alt, " ")
	return text == lettersOnly(name) || isSlug && text == lettersOnly(copyNumber.ReplaceAllString(name, ""))
}

// copyNumber matches the number that WordPress adds to the name of a second file.
var copyNumber = regexp.MustCompile(`-\d{1,2}$`)

// fileName returns the name of the file at an address, without its extensions. The address may contain another address, as
// the image services of Substack and Next.js write it.
func fileName(src string) string {
	src, query, _ := strings.Cut(strings.TrimSpace(src), "?")
	src, _, _ = strings.Cut(src, "#")
	for pair := range strings.SplitSeq(query, "&") {
		if inner, ok := strings.CutPrefix(pair, "url="); ok {
			src = inner
		}
	}
	name := path.Base(src)
	if decoded, err := url.PathUnescape(name); err == nil {
		name = path.Base(decoded)
	}
	for range 2 { // .jpg.webp
		name = imageSuffix.ReplaceAllString(name, "")
	}
	return name
}

// lettersOnly returns the letters and digits of a text in lower case.
func lettersOnly(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.Is(unicode.M, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, text)
}

// shareCaption matches the text of a share button, in the languages in which platforms write them.
var shareCaption = regexp.MustCompile(`(?i)^(?:` + strings.ReplaceAll(strings.Join([]string{
	// "Add to Facebook", "Share this on X", "Post to Reddit"
	`(?:add|bookmark|follow|forward|like|pin|post|print|save|send|share|submit|tweet)` +
		`(?: (?:this|it|me|us|post|article|page|to|on|in|at|via|with|by))* SITE`,
	// "Tweet this", "Pin it", "Email this post"
	`(?:bookmark|digg|e-?mail|pin|print|share|stumble|tweet) (?:this|it|me)(?: (?:post|article|page|story))?`,
	`(?:auf |bei |per )?SITE (?:teilen|weitersagen|empfehlen)`, `partage[rz]? (?:sur|par|via) SITE`,
	`compart(?:ir|e) (?:en|por|v[ií]a) SITE`, `condividi (?:su|via|con) SITE`, `(?:partilh|compartilh)(?:ar|e) (?:no|na|em|por|via) SITE`,
	`del?en (?:op|via) SITE`, `SITEで(?:シェア|共有)(?:する)?`,
}, "|"), "SITE", shareSites) + `)[!.]?$`)

const shareSites = `(?:facebook|fb|twitter|x|google ?\+|google(?: (?:plus|bookmarks|buzz|reader))?|linkedin|pinterest|reddit|tumblr|digg|` +
	`del\.?icio\.?us|stumble ?upon|whatsapp|telegram|pocket|instapaper|evernote|e-?mail|technorati|friendfeed|myspace|slashdot|newsvine|` +
	`diigo|mixx|flipboard|mastodon|bluesky|threads|hacker news|feedly|line|xing|vk|vkontakte)`
