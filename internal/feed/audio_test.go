package feed

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAudioType(t *testing.T) {
	for _, c := range []struct{ claim, stated, address, want string }{
		{"a stated type", "audio/mpeg", "https://a.test/1", "audio/mpeg"},
		{"a stated type with a parameter", "Audio/MP4; codecs=x", "https://a.test/1", "audio/mp4"},
		{"another name of MP3", "audio/x-mp3", "https://a.test/1", "audio/mpeg"},
		{"an extension as the type", "MP3", "https://a.test/get?id=1", "audio/mpeg"},
		{"the extension if the type is missing", " ", "https://a.test/1.m4a", "audio/mp4"},
		{"the extension before a query", "", "https://a.test/1.MP3?x=1", "audio/mpeg"},
		{"the extension if the type is an image's", "image/jpeg", "https://a.test/1.mp3", "audio/mpeg"},
		{"the extension if the type is a video's", "video/mp4", "https://a.test/1.mp3", "audio/mpeg"},
		{"the extension if the type is unspecific", "application/octet-stream", "https://a.test/1.aac", "audio/aac"},
		{"the extension if the type is not a media type", "audio", "https://a.test/1.m3u8", "application/vnd.apple.mpegurl"},
		{"the extension if the type is malformed", "audio/mpeg, audio/mp3", "https://a.test/1.mp3", "audio/mpeg"},
		{"a type of sound that Alexa does not play", "audio/ogg", "https://a.test/1.mp3", ""},
		{"a video", "video/mp4", "https://a.test/1.mp4", ""},
		{"an unknown extension", "application/octet-stream", "https://a.test/1.wav", ""},
		{"the end of the query", "", "https://a.test/1?x=.mp3", "audio/mpeg"},
		{"the end of the query of a program", "application/octet-stream", "https://a.test/get.php?id=1&f=x.MP3#t=1", "audio/mpeg"},
		{"an escaped path in the query", "application/octet-stream", "https://a.test/get?f=%2Fa%2Fx.m4a", "audio/mp4"},
		{"a query of a sound that Alexa does not play", "audio/ogg", "https://a.test/get.php?f=x.mp3", ""},
		{"another end of the query", "", "https://a.test/get.php?f=x.mp3&t=1", ""},
		{"the query of a file of another format", "", "https://a.test/x.ogg?from=x.mp3", ""},
		{"the query of a picture", "image/jpeg", "https://a.test/x.jpg?of=x.mp3", ""},
		{"the query of a torrent", "application/x-bittorrent", "https://a.test/x.mp3.torrent?dn=x.mp3", ""},
	} {
		require.Equal(t, c.want, AudioType(c.stated, c.address), c.claim)
	}
}

func TestResolveLinkIgnoresBlankLinks(t *testing.T) {
	base := &url.URL{Scheme: "https", Host: "a.test", Path: "/feed"}
	for _, link := range []string{"", " ", "\t\n", "\u00a0"} {
		require.Empty(t, ResolveLink(base, link), "%q", link)
	}
	require.Equal(t, "https://a.test/1", ResolveLink(base, " 1 "))
}

func TestOneLineRemovesReplacements(t *testing.T) {
	require.Equal(t, "a picture of a quay", OneLine("\ufffca picture\ufffc of\ufffd a quay"))
}
