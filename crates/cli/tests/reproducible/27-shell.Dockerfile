FROM busybox
SHELL ["/bin/ash", "-e", "-c"]
RUN x=1; echo $x > /x; false || echo caught > /caught
RUN ["/bin/sh", "-c", "echo exec > /exec"]
WORKDIR /w
RUN pwd > where
WORKDIR sub
RUN pwd > where
