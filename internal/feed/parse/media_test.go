package parse

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

func TestImage(t *testing.T) {
	const media, itunes = `xmlns:media="http://search.yahoo.com/mrss/"`, `xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"`
	rss := func(item string) string {
		return rssFeed("<item " + media + " " + itunes + "><link>https://blog.test/2026/1</link>" + item + "</item>")
	}
	img := func(attributes string) string {
		return "<description><![CDATA[<p>x<img " + attributes + ">]]></description>"
	}
	for _, c := range []struct{ claim, body, want string }{
		{"media:content takes precedence", rss(img(`src="/4"`) + `<itunes:image href="/3"/><media:thumbnail url="/2"/><media:content url="/1" medium="image"/>`), "https://blog.test/1"},
		{"media:thumbnail is second", rss(img(`src="/4"`) + `<itunes:image href="/3"/><media:thumbnail url="/2"/>`), "https://blog.test/2"},
		{"itunes:image with a url attribute", rss(`<itunes:image url="/3"/>`), "https://blog.test/3"},
		{"itunes:image is third", rss(img(`src="/4"`) + `<itunes:image href="/3"/>`), "https://blog.test/3"},
		{"the first image of the content is last", rss(img(`src="4.png"`) + img(`src="/5"`)), "https://blog.test/2026/4.png"},
		{"media:content is an image by its type", rss(`<media:content url="/v" type="video/mp4"/><media:content url="/1" type="image/png"/>`), "https://blog.test/1"},
		{"media:content is an image by its file extension", rss(`<media:content url="/1.JPG?w=1"/>`), "https://blog.test/1.JPG?w=1"},
		{"a medium that is not an image takes precedence over the extension", rss(`<media:content url="/1.jpg" medium="video"/>`), ""},
		{"media:content in a group", rss(`<media:group><media:content url="/1" medium="image"/></media:group>`), "https://blog.test/1"},
		{"a nested thumbnail", rss(`<media:group><media:content url="/v" medium="video"><media:thumbnail url="/2"/></media:content></media:group>`), "https://blog.test/2"},
		{"media:content with another prefix", rss(`<m:content xmlns:m="http://search.yahoo.com/mrss" url="/1" medium="image"/>`), "https://blog.test/1"},
		{"media:thumbnail with an undeclared prefix", `<rss><channel><item><link>https://b.test/</link><media:thumbnail url="/1"/></item></channel></rss>`, "https://b.test/1"},
		{"the first image of a kind is used", rss(`<media:thumbnail url="/1"/><media:thumbnail url="/2"/>`), "https://blog.test/1"},
		{"the author's portrait is ignored", rss(`<media:content url="https://0.gravatar.com/avatar/x" medium="image"/><media:content url="/1" medium="image"/>`), "https://blog.test/1"},
		{"a blank image is ignored", rss(img(`src=" "`) + `<media:content url=" " medium="image"/><itunes:image href=""/>`), ""},
		{"the next of a kind is used if the first is blank", rss(`<media:thumbnail url=" "/><media:thumbnail url="/2"/>`), "https://blog.test/2"},
		{"a fragment is not an image", rss(img(`src="#"`)), ""},
		{"a tracking pixel is ignored", rss(`<media:content url="/1" medium="image" width="1" height="1"/><media:content url="/2" medium="image"/>`), "https://blog.test/2"},
		{"another scheme is ignored", rss(img(`src="data:image/gif;base64,x"`) + `<media:thumbnail url="javascript:x"/>`), ""},
		{"the next image is used if the first is not a web URL", rss("<description><![CDATA[<img src='data:x'><img><IMG SRC=/2>]]></description>"), "https://blog.test/2"},
		{"a tracking pixel in the content is ignored", rss("<description><![CDATA[<img src='/p' width=1 height='1px'><img src='/2' width=10>]]></description>"), "https://blog.test/2"},
		{"images in comments and scripts are ignored", rss("<description><![CDATA[<!-- <img src='/1'> --><script>'<img src=/2>'</script>]]></description>"), ""},
		{"a long URL is ignored", rss(`<media:thumbnail url="/` + strings.Repeat("x", feed.MaxLink) + `"/>`), ""},
		{"images of other elements are ignored", rss(`<image><url>/1</url></image><image href="/2"/><x:thumbnail xmlns:x="urn:x" url="/3"/>`), ""},
		{"the URL is relative to the feed if the post does not have a link", rssFeed(`<item><guid>1</guid>` + img(`src="4.png"`) + `</item>`), "https://blog.test/feed/4.png"},
		{"Atom's", atomFeed(media, `<media:thumbnail url="https://b.test/1"/>`), "https://b.test/1"},
		{"an enclosure is last", rss(img(`src="/4"`) + `<enclosure url="/5.jpg" type="image/jpeg"/>`), "https://blog.test/4"},
		{"the first enclosure that is an image", rss(`<enclosure url=" " type="image/png"/><enclosure url="/5.mp3" type="image/jpeg"/><enclosure url="/6" type="Image/JPEG; q=1"/><enclosure url="/7.png"/>`), "https://blog.test/6"},
		{"an enclosure by its file extension", rss(`<enclosure url="/5.PNG?w=1" type="application/octet-stream"/>`), "https://blog.test/5.PNG?w=1"},
		{"an enclosure of Atom", atomFeed("", `<link rel="enclosure" type="image/png" href="https://b.test/5"/>`), "https://b.test/5"},
		{"an attachment of JSON Feed", jsonFeedOf(`"attachments":[{"url":"https://b.test/5","mime_type":"image/png"}]`), "https://b.test/5"},
		{"an enclosure of a portrait is ignored", rss(`<enclosure url="https://0.gravatar.com/avatar/x.png" type="image/png"/>`), ""},
		{"JSON's", jsonFeedOf(`"image":"https://b.test/1","banner_image":"https://b.test/2"`), "https://b.test/1"},
		{"the banner of a JSON Feed item", jsonFeedOf(`"banner_image":"https://b.test/2","content_html":"<img src=/3>"`), "https://b.test/2"},
		{"an image in the content of a JSON Feed item", jsonFeedOf(`"url":"https://b.test/x/","content_html":"<img src=3>"`), "https://b.test/x/3"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.Equal(t, c.want, parseSingle(t, c.body).Image)
		})
	}
}

func TestAudio(t *testing.T) {
	rss := func(item string) string {
		return rssFeed("<item><link>https://blog.test/2026/1</link>" + item + "</item>")
	}
	const media = `<media:group xmlns:media="https://search.yahoo.com/mrss">`
	const podcast = `<p:alternateEnclosure xmlns:p="https://podcastindex.org/namespace/1.0"`
	for _, c := range []struct {
		claim, body string
		want        feed.Audio
	}{
		{"an enclosure", rss(`<enclosure url="https://cdn.test/1.mp3?x=1&amp;y" length="1" type="audio/mpeg"/>`), feed.Audio{URL: "https://cdn.test/1.mp3?x=1&y", Type: "audio/mpeg"}},
		{"the extension decides if the type is an image's", rss(`<enclosure url="/1.mp3" type="image/jpeg"/>`), feed.Audio{URL: "https://blog.test/1.mp3", Type: "audio/mpeg"}},
		{"media:content", rss(media + `<media:content url="/1.mp3" type="audio/mpeg" medium="audio"/></media:group>`), feed.Audio{URL: "https://blog.test/1.mp3", Type: "audio/mpeg"}},
		{"media:content by its file extension", rss(media + `<media:content url="/1.mp3"/></media:group>`), feed.Audio{URL: "https://blog.test/1.mp3", Type: "audio/mpeg"}},
		{"a video of the media module is ignored", rss(media + `<media:content url="/1.m3u8" medium="video"/></media:group>`), feed.Audio{}},
		{"an enclosure takes precedence", rss(media + `<media:content url="/2.mp3" type="audio/mpeg"/></media:group><enclosure url="/1.mp3"/>`), feed.Audio{URL: "https://blog.test/1.mp3", Type: "audio/mpeg"}},
		{"podcast:alternateEnclosure", rss(podcast + ` type="audio/mpeg"><p:source uri="ipfs://x"/><p:source uri="/1"/></p:alternateEnclosure>`), feed.Audio{URL: "https://blog.test/1", Type: "audio/mpeg"}},
		{"the type of a podcast:source takes precedence", rss(podcast + ` type="audio/mpeg"><p:source uri="/1" contentType="application/x-bittorrent"/></p:alternateEnclosure>`), feed.Audio{}},
		{"the enclosure module of RSS 1.0", rss(`<e:enclosure xmlns:e="http://purl.oclc.org/net/rss_2.0/enc#" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:resource="/1.mp3" e:type="audio/mpeg"/>`), feed.Audio{URL: "https://blog.test/1.mp3", Type: "audio/mpeg"}},
		{"Atom's as text", atomFeed("", `<link rel="enclosure" type="audio/mpeg">https://b.test/1</link>`), feed.Audio{URL: "https://b.test/1", Type: "audio/mpeg"}},
		{"Atom's relative to xml:base", atomFeed("xml:base='https://b.test/x/'", `<link rel="enclosure" href="1.mp3"/>`), feed.Audio{URL: "https://b.test/x/1.mp3", Type: "audio/mpeg"}},
		{"a blank address is ignored", rss(`<enclosure url=" " type="audio/mpeg"/><enclosure url="#" type="audio/mpeg"/>`), feed.Audio{}},
		{"a blank attachment is ignored", jsonFeedOf(`"attachments":[{"url":" ","mime_type":"audio/mpeg"},{"mime_type":"audio/mpeg"}]`), feed.Audio{}},
		{"the first enclosure that Alexa plays is used", rss(`<enclosure url="/1.jpg" type="image/jpeg"/><enclosure url="/2.ogg" type="audio/ogg"/><enclosure url="/3" type="Audio/MP4; codecs=x"/><enclosure url="/4" type="audio/mpeg"/>`), feed.Audio{URL: "https://blog.test/3", Type: "audio/mp4"}},
		{"the file extension decides if the type is missing", rss(`<enclosure url="/a/1.M4A?x=.mp3"/>`), feed.Audio{URL: "https://blog.test/a/1.M4A?x=.mp3", Type: "audio/mp4"}},
		{"a stream", rss(`<enclosure url="/1.m3u8"/>`), feed.Audio{URL: "https://blog.test/1.m3u8", Type: "application/vnd.apple.mpegurl"}},
		{"another type of sound takes precedence over the extension", rss(`<enclosure url="/1.mp3" type="audio/ogg"/>`), feed.Audio{}},
		{"an enclosure without a known type or extension is ignored", rss(`<enclosure url="/1"/><enclosure url="/2.wav"/><enclosure/>`), feed.Audio{}},
		{"another scheme is ignored", rss(`<enclosure url="ftp://a/1.mp3" type="audio/mpeg"/>`), feed.Audio{}},
		{"Atom's", atomFeed("", `<link href="https://b.test/1"/><link rel="enclosure" type="audio/x-m4a" href="https://b.test/2"/>`), feed.Audio{URL: "https://b.test/2", Type: "audio/x-m4a"}},
		{"JSON's", jsonFeedOf(`"url":"https://b.test/1","attachments":[{"url":"/1.opus","mime_type":"audio/opus"},"x",{"url":"/2.mp3","mime_type":"audio/mpeg","size_in_bytes":7}]`), feed.Audio{URL: "https://b.test/2.mp3", Type: "audio/mpeg"}},
		{"the end of the query decides for a program", rss(`<enclosure url="/get.php?f=x.mp3" type="application/octet-stream"/>`), feed.Audio{URL: "https://blog.test/get.php?f=x.mp3", Type: "audio/mpeg"}},
		{"an attachment of JSON Feed by its file extension", jsonFeedOf(`"attachments":[{"url":"/2.aac"}]`), feed.Audio{URL: "https://blog.test/2.aac", Type: "audio/aac"}},
		{"attachments of JSON Feed that are not a list are ignored", jsonFeedOf(`"attachments":{"url":"/2.aac"}`), feed.Audio{}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.Equal(t, c.want, parseSingle(t, c.body).Audio)
		})
	}
}

func TestSkippedAudio(t *testing.T) {
	const formats = "neither the type nor the end of the address is a format that Alexa plays (MP3, AAC, HLS)"
	for _, c := range []struct {
		claim, item string
		want        []SkippedAudio
	}{
		{"a format that Alexa does not play", `<enclosure url="/1.ogg" type="Audio/Ogg; codecs=opus"/>`, []SkippedAudio{{"/1.ogg", "Audio/Ogg; codecs=opus", "Alexa does not play audio/ogg"}}},
		{"a film", `<enclosure url="/1.mp4" type="video/mp4"/>`, []SkippedAudio{{"/1.mp4", "video/mp4", "Alexa does not play video/mp4"}}},
		{"a document", `<enclosure url="/1.pdf" type="application/pdf"/>`, []SkippedAudio{{"/1.pdf", "application/pdf", "Alexa does not play application/pdf"}}},
		{"a torrent", `<enclosure url="/1.mp3.torrent" type="application/x-bittorrent"/>`, []SkippedAudio{{"/1.mp3.torrent", "application/x-bittorrent", "Alexa does not play application/x-bittorrent"}}},
		{"an unspecific type", `<enclosure url="/1.wav" type="application/octet-stream"/><enclosure url="/1.zip" type="binary/octet-stream"/>`, []SkippedAudio{{"/1.wav", "application/octet-stream", formats}, {"/1.zip", "binary/octet-stream", formats}}},
		{"no type and no extension", `<enclosure url="/1?x=.mp3&amp;y"/>`, []SkippedAudio{{"/1?x=.mp3&y", "", formats}}},
		{"an empty address", `<enclosure url=" " type="audio/mpeg"/>`, []SkippedAudio{{"", "audio/mpeg", "the address is empty"}}},
		{"an image without an address", `<enclosure url=" " type="image/png"/>`, []SkippedAudio{{"", "image/png", "the address is empty"}}},
		{"another scheme", `<enclosure url="ftp://b.test/1.mp3"/>`, []SkippedAudio{{"ftp://b.test/1.mp3", "", "the address is not an http or https URL"}}},
		{"control characters are removed", `<enclosure url="/1&#x200b;.ogg" type="audio/&#x202e;x"/>`, []SkippedAudio{{"/1.ogg", "audio/x", "Alexa does not play audio/x"}}},
		{"a second image", `<enclosure url="/1.jpg" type="image/jpeg"/><enclosure url="/2.png"/>`, nil},
		{"an image next to the post's image", `<description>&lt;img src="/1.png"&gt;</description><enclosure url="/2.png" type="image/png"/>`, nil},
		{"the post's image is not reported", `<description>&lt;img src="/1.png"&gt;</description><enclosure url="https://blog.test/1.png" type="image/png"/>`, nil},
		{"a document next to an episode", `<enclosure url="/1.mp3"/><enclosure url="/1.pdf" type="application/pdf"/>`, []SkippedAudio{{"/1.pdf", "application/pdf", "Alexa does not play application/pdf"}}},
		{"a second format of an episode is not reported", `<enclosure url="/1.ogg" type="audio/ogg"/><enclosure url="/1.mp3"/><enclosure url="/1.mp4" type="video/mp4"/>`, nil},
		{"an alternate of an episode is not reported", `<p:alternateEnclosure xmlns:p="https://podcastindex.org/namespace/1.0" type="application/x-bittorrent"><p:source uri="/1.torrent"/></p:alternateEnclosure><enclosure url="/1.mp3"/>`, nil},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.Equal(t, c.want, mustParse(t, rssFeed("<item><guid>1</guid>"+c.item+"</item>")).SkippedAudio)
		})
	}
	long := `<enclosure url="/1.ogg" type="audio/` + strings.Repeat("x", 1000) + `"/>`
	doc := mustParse(t, rssFeed(strings.Repeat("<item><guid>1</guid>"+strings.Repeat(long, 3)+"</item>", 10)))
	require.Len(t, doc.SkippedAudio, maxSkippedAudio)
	require.Len(t, doc.SkippedAudio[0].Type, 127)
}
