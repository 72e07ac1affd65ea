FROM busybox
COPY links /links
RUN cd /links && ln -s ../tree dangling; echo hard > one && ln one two && ln one three && ln -s one softer && busybox mkfifo pipe
RUN rm /links/one && echo other > /links/one
