"""The servers that the hub is compared with. Each is what somebody who knows the library well would write."""
