FROM busybox
ADD files.tar.gz /unpacked/
ADD --unpack=false files.tar.gz /packed/
